/** Files from URLs, for ADD and `docker import`. A worker without rights talks to the server. */
import { pipe } from '../linux/file-descriptor.ts';
import { becomeNobody } from '../linux/privileges.ts';
import { openStream } from '../linux/stream.ts';
import { startWorker, type Worker } from '../linux/worker.ts';
import { type DownloadedFile, downloadUrl } from './download-url.ts';
import type { Url } from './url.ts';

/** Downloads to a descriptor, which is closed here. */
export function startDownload(url: Url, output: number): Worker<DownloadedFile> {
  return startWorker({ name: 'docker-download', descriptors: [output] }, () => {
    becomeNobody();
    return downloadUrl(url, output);
  });
}

/** A download as it arrives. */
export interface Download {
  /** The next bytes; null once everything has arrived. Rejects with WorkerError. */
  read(): Promise<Uint8Array | null>;
  /** Gives up. */
  close(): void;
}

/** Starts a download that is read piece by piece. */
export function openDownload(url: Url): Download {
  const [input, output] = pipe();
  const worker = startDownload(url, output);
  worker.result.catch(() => {}); // which `read` tells, if anybody still asks
  const stream = openStream(input);
  return {
    async read() {
      const data = await stream.read();
      if (data === null) await worker.result;
      return data;
    },
    close() {
      worker.kill();
      stream.close();
    },
  };
}
