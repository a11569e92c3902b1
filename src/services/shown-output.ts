/** `rancher.log`: shows what services write while they are brought up. */
import type { EngineClient } from '../engine/client.ts';
import { PrefixedLines } from './prefixed-lines.ts';

/**
 * Follows a container.
 * @param show gets whole lines, each with the name before it
 * @param since seconds since 1970: what came earlier was another boot
 * @returns a function that ends it
 */
export function showOutput(
  client: Pick<EngineClient, 'containerLogs'>,
  container: string,
  since: number,
  show: (lines: string) => void,
): () => void {
  let end = () => {};
  let isOver = false;
  const follow = async () => {
    const output = await client.containerLogs(container, { ...STREAMS, since: String(since) });
    end = () => output.close();
    if (isOver) return end();
    const lines = new PrefixedLines(`${container} | `);
    for (let part = await output.read(); part !== null; part = await output.read())
      show(lines.push(part.data));
    show(lines.end());
  };
  // A service that cannot be followed may be one without a log.
  follow().catch(() => {});
  return () => {
    isOver = true;
    end();
  };
}

const STREAMS = { stdout: true, stderr: true, follow: true } as const;
