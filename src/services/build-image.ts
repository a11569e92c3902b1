/** Making the image of a service by System Docker. */
import type { Config } from '../config/schema.ts';
import type { EngineClient } from '../engine/client.ts';
import type { ByteSource } from '../http/client.ts';
import { encodeBase64 } from '../linux/base64.ts';
import { encodeUtf8 } from '../linux/bytes.ts';
import { exitCode } from '../linux/child.ts';
import { close, pipe } from '../linux/file-descriptor.ts';
import { spawn } from '../linux/process.ts';
import { openStream } from '../linux/stream.ts';
import type { ServiceBuild } from './compose-build.ts';
import { ServiceError } from './service-error.ts';

/** What a person may ask for beside what the definition says. */
export interface BuildWishes {
  readonly nocache?: boolean;
  readonly pull?: boolean;
  readonly forcerm?: boolean;
}

/**
 * A function that builds an image of a service and names it. It throws ServiceError that says which step fails.
 * @param onOutput gets what the builder prints
 */
export function imageBuilder(
  client: Pick<EngineClient, 'buildImage'>,
  { rancher }: Config,
  onOutput: (text: string) => void,
  wishes: BuildWishes = {},
): (image: string, build: ServiceBuild) => Promise<void> {
  const accounts = rancher?.registry_auths;
  const auth = accounts == null ? undefined : encodeBase64(encodeUtf8(JSON.stringify(accounts)));
  const asked = Object.fromEntries(Object.entries(wishes).filter(([, isAsked]) => isAsked));
  return async (image, { context, options }) => {
    const query = { rm: true, ...options, ...asked, t: image };
    const archive = context.startsWith('/') ? archiveOf(context) : undefined;
    try {
      const whole = archive === undefined ? { ...query, remote: context } : query;
      const messages = await client.buildImage(whole, archive?.source, auth);
      for (let message = await messages.read(); message !== null; message = await messages.read()) {
        if (message.error !== undefined)
          throw new ServiceError(`its image ${image} cannot be built: ${message.error}`);
        if (message.stream !== undefined) onOutput(message.stream);
      }
    } finally {
      archive?.close();
    }
  };
}

/** A folder as an archive, by tar(1). The builder leaves out what .dockerignore names. */
function archiveOf(directory: string): { source: ByteSource; close(): void } {
  const [readEnd, writeEnd] = pipe();
  const output = openStream(readEnd);
  try {
    const { exited } = spawn({ command: ['tar', '-c', '-f', '-', '-C', directory, '.'], stdout: writeEnd });
    const read = async () => {
      const data = await output.read();
      if (data !== null) return data;
      const code = exitCode(await exited);
      if (code !== 0) throw new ServiceError(`build.context: tar -c -C ${directory} . ended with ${code}`);
      return null;
    };
    return { source: { read }, close: () => output.close() };
  } finally {
    close(writeEnd);
  }
}
