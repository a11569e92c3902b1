/**
 * Data that does not follow its format: an image, an archive, a reference, a field of a request.
 * The message is one line that names what was wrong; the engine answers it with HTTP status 400.
 */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}
