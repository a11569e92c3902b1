/** A service whose definition cannot be used. The message names the key and what was expected. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
}
