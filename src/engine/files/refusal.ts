/** Errors for the client that a worker finds: their status has to come along with their words. */
import { EngineError } from '../errors.ts';

/** What a worker's task gives, or why it refuses. */
export type Verdict<Value> =
  | { readonly value: Value }
  | { readonly refusal: { readonly status: number; readonly message: string } };

/** In the worker: runs the task. */
export function judge<Value>(task: () => Value): Verdict<Value> {
  try {
    return { value: task() };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { refusal: { status: error.status, message: error.message } };
  }
}

/** In process 1: the value, or the worker's EngineError. */
export function accept<Value>(verdict: Verdict<Value>): Value {
  // A value of nothing does not come through JSON, a refusal does.
  if ('refusal' in verdict) throw new EngineError(verdict.refusal.status, verdict.refusal.message);
  return verdict.value;
}
