/** Why a pull or push has failed, in Docker's words and with its status. */
import { errorMessage } from '../../linux/error-report.ts';
import { WorkerError } from '../../linux/worker.ts';
import { familiarName, familiarReference, type ImageReference } from '../../oci/reference.ts';
import { EngineError } from '../errors.ts';

/** What the worker threw about a reference, as the error that the client gets. */
export function pullError(error: unknown, reference: ImageReference): EngineError {
  const message = errorMessage(error);
  const name = familiarName(reference);
  const notFound = (text: string) => new EngineError(404, text, { cause: error });
  if (error instanceof EngineError) return error;
  if (error instanceof WorkerError && error.kind === 'RegistryError') {
    if (/^denied\b/.test(message)) {
      const hint = "repository does not exist or may require 'docker login'";
      return notFound(`pull access denied for ${name}, ${hint}: ${message}`);
    }
    if (/^manifest unknown\b/.test(message)) {
      return notFound(`manifest for ${familiarReference(reference)} not found: ${message}`);
    }
    if (/^name unknown\b/.test(message)) return notFound(`repository ${name} not found: ${message}`);
  }
  if (/^no matching manifest\b/.test(message)) return notFound(message);
  return new EngineError(500, message, { cause: error });
}
