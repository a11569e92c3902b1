/** A request that the engine refused. */
export class EngineApiError extends Error {
  override readonly name = 'EngineApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
