import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { timeZoneFile, timeZoneRule } from './time-zone.ts';

const TABLE = `CET-1CEST,M3.5.0,M10.5.0/3 Europe/Berlin Europe/Paris
EST5EDT,M3.2.0,M11.1.0 America/New_York US/Eastern
UTC0 Etc/UTC UTC
`;

describe('a time zone', () => {
  test('has the rule of its line', () => {
    assert.equal(timeZoneRule(TABLE, 'Europe/Paris'), 'CET-1CEST,M3.5.0,M10.5.0/3');
    assert.equal(timeZoneRule(TABLE, 'UTC'), 'UTC0');
  });

  for (const [wrong, right] of [
    ['Europe/Berlni', 'Europe/Berlin'],
    ['berlin', 'Europe/Berlin'],
    ['america/new york', 'America/New_York'],
    ['America/Paris', 'Europe/Paris'],
  ] as const) {
    test(`${wrong} is refused, with ${right}`, () => {
      const message = `timezone: there is no time zone ${wrong}; did you mean ${right}?`;
      assert.throws(() => timeZoneRule(TABLE, wrong), { message });
    });
  }

  test('a rule is no zone', () => {
    assert.throws(() => timeZoneRule(TABLE, 'UTC0'), /there is no time zone UTC0/);
    assert.throws(() => timeZoneRule(TABLE, ''), /there is no time zone/);
  });
});

describe('the file of a rule', () => {
  const view = (rule: string) => {
    const bytes = timeZoneFile(rule);
    return { bytes, data: new DataView(bytes.buffer, bytes.byteOffset) };
  };

  test('has two parts and the rule', () => {
    const { bytes, data } = view('CET-1CEST,M3.5.0,M10.5.0/3');
    const second = 44 + 6 + 4;
    assert.equal(Buffer.from(bytes).toString('latin1', 0, 5), 'TZif2');
    assert.equal(Buffer.from(bytes).toString('latin1', second, second + 5), 'TZif2');
    assert.equal(data.getUint32(second + 32), 1);
    assert.equal(data.getBigInt64(second + 44), -(2n ** 31n));
    assert.equal(data.getInt32(second + 44 + 9), 3600);
    assert.match(Buffer.from(bytes).toString('latin1'), /CET\0\nCET-1CEST,M3\.5\.0,M10\.5\.0\/3\n$/);
  });

  for (const [rule, offset] of [
    ['<+0330>-3:30', 12_600],
    ['EST5EDT,M3.2.0,M11.1.0', -18_000],
    ['<-02>2<-01>,M3.5.0/-1,M10.5.0/0', -7200],
    ['UTC0', 0],
  ] as const) {
    test(`${rule} is ${offset} seconds east`, () => assert.equal(view(rule).data.getInt32(44), offset));
  }
});
