/** Errors that a client of the engine is told about, with the status that Docker answers. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** 400: the request asks for something impossible. */
export const invalidParameter = (message: string, options?: ErrorOptions) =>
  new EngineError(400, message, options);

/** 404: the object that the request names does not exist. */
export const notFound = (message: string) => new EngineError(404, message);

/** 409: the object is not in a state that allows the request. */
export const conflict = (message: string) => new EngineError(409, message);

/** 304: the object is already as the request wants it. Has no body. */
export const notModified = () => new EngineError(304, 'not modified');

/** 501: a feature that this engine does not have. */
export const notImplemented = (message: string) => new EngineError(501, message);

/** Runs `act`; what it is refused for gets `prefix` and a colon before its message. */
export function withPrefix<Result>(prefix: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new EngineError(error.status, `${prefix}: ${error.message}`, { cause: error });
  }
}
