/** The end of what a container wrote, for error messages. */
import type { EngineClient } from '../engine/client.ts';
import { concatBytes, decodeUtf8 } from '../linux/bytes.ts';

/** The last lines of both output streams; none if they cannot be read. */
export async function readLastLines(
  client: Pick<EngineClient, 'containerLogs'>,
  id: string,
  count: number,
): Promise<string[]> {
  try {
    const output = await client.containerLogs(id, { stdout: true, stderr: true, tail: String(count) });
    const parts: Uint8Array[] = [];
    for (let part = await output.read(); part !== null; part = await output.read()) parts.push(part.data);
    return decodeUtf8(concatBytes(parts))
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '');
  } catch {
    return []; // what it was about is told anyway
  }
}
