/** Progress on stderr: standard output is left for results, such as the JSON of `./run --headless`. */

const started = Date.now();

/** Prints one line about what is going on. */
export function note(text: string): void {
  process.stderr.write(`${stamp()}  ${text}\n`);
}

const warned = new Set<string>();

/** Prints one line that a person should read, once. */
export function warn(text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  process.stderr.write(`${stamp()}  warning: ${text}\n`);
}

/** Runs a step, says when it begins and how long it took. */
export async function step<Result>(title: string, run: () => Promise<Result>): Promise<Result> {
  note(`${title} …`);
  const begin = Date.now();
  const result = await run();
  note(`${title}: ${seconds(Date.now() - begin)}`);
  return result;
}

/** `12.3 s` from milliseconds. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/** `11.7 MB` from bytes; a megabyte is 10^6 bytes, as everywhere in this project. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

function stamp(): string {
  return `[${seconds(Date.now() - started).padStart(8)}]`;
}
