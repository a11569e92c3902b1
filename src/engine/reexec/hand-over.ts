/** The old engine's half of a re-exec: what it knows, so that its successor can go on. */
import type { Container } from '../containers/container.ts';
import type { Engine } from '../engine.ts';
import type { ContainerStreams, ProcessEnds } from '../streams/container-streams.ts';
import { type ContainerHandover, type EndsHandover, HANDOVER_FORMAT, type Handover } from './handover.ts';

/** Describes everything that goes on. Nothing may be under way; the logs are closed by it. */
export function handOver(engine: Engine, parts: Pick<Handover, 'listeners' | 'client'>): Handover {
  return {
    format: HANDOVER_FORMAT,
    ...parts,
    containers: engine.containers
      .all()
      .filter((container) => container.isRunning)
      .map(describeContainer),
    events: engine.events.recent().map((event) => ({ ...event, timeNano: String(event.timeNano) })),
  };
}

function describeContainer(container: Container): ContainerHandover {
  const { record, restartDelay, streams, process, log, execs } = container;
  const ends = streams.ends;
  if (ends === undefined) return { record, restartDelay };
  const held = log?.takeHeld();
  return {
    record,
    restartDelay,
    run: {
      process,
      ends: describeEnds(ends, streams, record.config.StdinOnce === true),
      heldOutput: { stdout: [...(held?.stdout ?? [])], stderr: [...(held?.stderr ?? [])] },
      execs: [...execs.values()].flatMap(({ id, config, command, pid, status, streams }) =>
        status === 'running' && streams.ends !== undefined
          ? [{ id, config, command, pid, ends: describeEnds(streams.ends, streams, true) }]
          : [],
      ),
    },
  };
}

/** Clients are not handed over. Where the input ends with the client, it ends now. */
function describeEnds(
  { stdin, stdout, stderr, isTerminal }: ProcessEnds,
  { hasClients }: ContainerStreams,
  endsWithClient: boolean,
): EndsHandover {
  const keepsInput = !(endsWithClient && hasClients);
  return { stdin: keepsInput ? stdin?.fd : undefined, stdout: stdout.fd, stderr: stderr?.fd, isTerminal };
}
