import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { columnsOf, type ProcessFacts } from './process-columns.ts';

const machine = { ticksPerSecond: 100, memory: 1024 ** 3, now: Date.parse('2026-11-24T12:00:00Z') };
const process: ProcessFacts = {
  pid: 7,
  parent: 1,
  group: 7,
  session: 7,
  state: 'S',
  nice: 0,
  threads: 2,
  user: 'root',
  uid: 0,
  gid: 0,
  terminal: '?',
  name: 'sleep',
  command: 'sleep 100',
  used: 6500,
  age: 360_000,
  virtualMemory: 4096 * 1024,
  residentMemory: 1024 ** 2 * 10.24,
};

function row(psArguments: string) {
  const columns = columnsOf(psArguments);
  return [columns.map(({ title }) => title), columns.map(({ value }) => String(value(process, machine)))];
}

describe('columns of ps', () => {
  it('are those of ps -ef unless it is told otherwise', () => {
    const full = [
      ['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'],
      ['root', '7', '1', '1', '11:00', '?', '00:01:05', 'sleep 100'],
    ];
    assert.deepEqual(row(''), full);
    assert.deepEqual(row('-ef'), full);
  });

  it('are those of ps aux', () => {
    assert.deepEqual(row('aux'), [
      ['USER', 'PID', '%CPU', '%MEM', 'VSZ', 'RSS', 'TTY', 'STAT', 'START', 'TIME', 'COMMAND'],
      ['root', '7', '1.8', '1.0', '4096', '10486', '?', 'Ss', '11:00', '1:05', 'sleep 100'],
    ]);
  });

  it('are those that are listed', () => {
    assert.deepEqual(row('-o pid,comm,etime'), [
      ['PID', 'COMMAND', 'ELAPSED'],
      ['7', 'sleep', '01:00:00'],
    ]);
    assert.deepEqual(row('-eo uid,pid')[1], ['0', '7']);
    assert.deepEqual(row('-opid -o cmd')[1], ['7', 'sleep 100']);
  });

  it('must be known, and have the process id', () => {
    assert.throws(() => columnsOf('-o comm'), /Couldn't find PID field in ps output/);
    assert.throws(() => columnsOf('-o pid,shoe'), /unknown column "shoe"/);
    assert.throws(() => columnsOf('--forest'), /unsupported argument "--forest"/);
  });
});
