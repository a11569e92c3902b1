import { FormatError } from './errors.ts';

/** A Dockerfile, or a change in its language, that is not valid. */
export class DockerfileError extends FormatError {
  /** Says in which line it is, counted from 1, in Docker's words. */
  static atLine(line: number, error: FormatError): DockerfileError {
    return new DockerfileError(`dockerfile parse error on line ${line}: ${error.message}`);
  }
}
