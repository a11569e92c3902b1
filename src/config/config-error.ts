/** A configuration that cannot be used. The message is one line that names the place and what was expected there. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** The file, or what stands for one, such as `/proc/cmdline`. */
  readonly file: string;
  /** From 1; absent where there are no lines, or where the mistake is that of the whole. */
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(file: string, message: string, position?: { line: number; column: number }) {
    const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
    super(`${place}: ${message}`);
    this.file = file;
    this.line = position?.line;
    this.column = position?.column;
  }
}
