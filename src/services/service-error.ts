/** A service whose definition cannot be used. The message names the key and what was expected. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
}

/** A definition that cannot be had now; it may be had another time. */
export class UnreachableError extends ServiceError {}
