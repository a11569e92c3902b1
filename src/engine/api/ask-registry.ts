/** Questions to registries: each is asked by a worker of its own, which gives up its rights before it talks to anybody. */
import type { HttpRequest } from '../../http/request.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { becomeNobody } from '../../linux/privileges.ts';
import { startWorker, WorkerError } from '../../linux/worker.ts';
import type { RegistrySettings } from '../../registry/endpoint.ts';
import type { Registry } from '../../registry/registry.ts';
import { EngineError } from '../errors.ts';

/** In a worker: gives up its rights and connects to a registry. */
export async function reach(domain: string, settings: RegistrySettings): Promise<Registry> {
  // What talks to registries is loaded by workers alone.
  const { candidatesFor } = await import('../../registry/endpoint.ts');
  const { connectToRegistry } = await import('../../registry/registry.ts');
  const [candidate] = candidatesFor(domain, settings, false);
  if (candidate === undefined) throw new Error(`no registry for ${domain}`);
  becomeNobody();
  return connectToRegistry(candidate, settings);
}

/** Runs a question in a worker, which ends when the client goes. */
export async function askRegistry<Answer>(
  request: HttpRequest,
  name: string,
  question: () => Promise<Answer>,
): Promise<Answer> {
  const worker = startWorker<never, Answer>({ name }, question);
  request.onDisconnect(() => worker.kill());
  try {
    return await worker.result;
  } catch (error) {
    throw new EngineError(statusOf(error), errorMessage(error), { cause: error });
  }
}

/** Refusals of the registry have the status that says why; everything else is the way there. */
function statusOf(error: unknown): number {
  const message = errorMessage(error);
  if (!(error instanceof WorkerError) || error.kind !== 'RegistryError') return 500;
  if (/\bunauthorized\b|\bno basic auth\b/.test(message)) return 401;
  if (/\bdenied\b/.test(message)) return 403;
  return /\b(manifest|name) unknown\b/.test(message) ? 404 : 500;
}
