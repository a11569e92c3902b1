/** The new engine's half of a re-exec: it goes on where its predecessor has stopped. */
import { waitForExit } from '../../linux/child.ts';
import { setCloseOnExec } from '../../linux/file-descriptor.ts';
import { openStream } from '../../linux/stream.ts';
import { Exec, superviseExec } from '../containers/exec.ts';
import { resumeVolumes } from '../containers/mounts.ts';
import { openLog, resumeRestart, supervise } from '../containers/start.ts';
import type { Engine } from '../engine.ts';
import type { EngineEvent } from '../events.ts';
import { resumeNetworks } from '../networks/join.ts';
import type { RunningProcess } from '../runtime/crun.ts';
import type { ProcessEnds } from '../streams/container-streams.ts';
import type { ContainerHandover, EndsHandover, Handover } from './handover.ts';

/**
 * Takes the containers over; in the same turn of the event loop as the start of the program, since a process whose exit
 * is reaped before somebody waits for it is lost. Returns the ids of those that are taken over.
 */
export function takeOver(engine: Engine, { containers, events }: Handover): ReadonlySet<string> {
  engine.events.restore(events.map(parseEvent));
  for (const container of containers) takeContainer(engine, container);
  return new Set(containers.map(({ record }) => record.id));
}

function takeContainer(engine: Engine, { record, restartDelay, run }: ContainerHandover): void {
  const container = engine.containers.get(record.id);
  Object.assign(container.record, record);
  container.restartDelay = restartDelay;
  if (run === undefined) {
    resumeRestart(engine, container);
    return;
  }
  container.process = run.process;
  resumeVolumes(engine, container);
  resumeNetworks(engine, container);
  openLog(engine, container);
  container.log?.hold('stdout', new Uint8Array(run.heldOutput.stdout));
  container.log?.hold('stderr', new Uint8Array(run.heldOutput.stderr));
  supervise(engine, container, takeProcess(record.state.pid, run.ends));
  for (const { id, config, command, pid, ends } of run.execs) {
    const exec = new Exec(container, config, command, id);
    container.execs.set(id, exec);
    superviseExec(engine, exec, takeProcess(pid, ends));
    exec.announceStart();
  }
}

function takeProcess(pid: number, ends: EndsHandover): RunningProcess {
  return { pid, ends: openEnds(ends), exited: waitForExit(pid) };
}

function openEnds({ stdin, stdout, stderr, isTerminal }: EndsHandover): ProcessEnds {
  const open = (fd: number) => {
    setCloseOnExec(fd, true);
    return openStream(fd);
  };
  return {
    stdin: stdin === undefined ? undefined : open(stdin),
    stdout: open(stdout),
    stderr: stderr === undefined ? undefined : open(stderr),
    isTerminal,
  };
}

function parseEvent(event: object): EngineEvent {
  const { timeNano, ...rest } = event as Omit<EngineEvent, 'timeNano'> & { timeNano: string };
  return { ...rest, timeNano: BigInt(timeNano) };
}
