/** `depends_on` of compose files, and conditions in the label `io.rancher.os.after`. */
import { isMap } from '../config/merge.ts';
import { flag, list, text } from './compose-value.ts';
import { ServiceError } from './service-error.ts';

/**
 * How far the other service must be: `started`, `healthy` by its health check, `completed` with exit status 0; `ready`:
 * completed if its label `io.rancher.os.detach` is `false`, and started otherwise.
 */
export type Condition = 'ready' | 'started' | 'healthy' | 'completed';

/** Another service that comes first. */
export interface Predecessor {
  readonly name: string;
  readonly condition: Condition;
}

/** `NAME` or `NAME:CONDITION` of a label. */
export function parsePredecessor(written: string, place: string): Predecessor {
  const [name = '', condition = 'ready', ...rest] = written.split(':').map((part) => part.trim());
  if (name !== '' && rest.length === 0 && isCondition(condition)) return { name, condition };
  throw new ServiceError(
    `${place}: expected NAME, NAME:started, NAME:healthy or NAME:completed, got "${written}"`,
  );
}

function isCondition(word: string): word is Condition {
  return word === 'ready' || word === 'started' || word === 'healthy' || word === 'completed';
}

const COMPOSE_CONDITIONS: Readonly<Record<string, Condition>> = {
  service_started: 'started',
  service_healthy: 'healthy',
  service_completed_successfully: 'completed',
};

export interface DependsOn {
  readonly required: readonly Predecessor[];
  /** Those that may fail, or be missing. */
  readonly optional: readonly Predecessor[];
}

/** A list of names, or a map of names to conditions. */
export function dependsOn(value: unknown, place: string): DependsOn {
  if (value == null) return { required: [], optional: [] };
  if (!isMap(value)) {
    return { required: list(value, place).map((name) => ({ name, condition: 'started' })), optional: [] };
  }
  const required: Predecessor[] = [];
  const optional: Predecessor[] = [];
  for (const [name, item] of Object.entries(value)) {
    const at = `${place}.${name}`;
    const { condition = 'service_started', required: isRequired = true } = isMap(item) ? item : {};
    const written = text(condition, `${at}.condition`);
    const known = Object.hasOwn(COMPOSE_CONDITIONS, written) ? COMPOSE_CONDITIONS[written] : undefined;
    if (known === undefined) {
      const expected = Object.keys(COMPOSE_CONDITIONS).join(', ');
      throw new ServiceError(`${at}.condition: expected ${expected}, got "${written}"`);
    }
    (flag(isRequired, `${at}.required`) ? required : optional).push({ name, condition: known });
  }
  return { required, optional };
}
