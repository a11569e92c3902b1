/** Downloading a blob into a file, across broken connections. */
import { close, O, open, writeAll } from '../linux/file-descriptor.ts';
import type { Sha256 } from '../linux/host.ts';
import { call } from '../linux/syscall.ts';
import { type Digest, formatDigest } from '../oci/digest.ts';
import type { Repository } from './repository.ts';
import { DamagedError, retrying } from './retry.ts';

export interface BlobDescriptor {
  readonly digest: Digest;
  readonly size: number;
}

export interface DownloadReport {
  /** How many bytes are there. */
  progress(current: number): void;
  /** All bytes are there and are being checked. */
  verifying(): void;
  /** Something went wrong; the next attempt is in so many seconds. */
  waiting(seconds: number): void;
}

/**
 * Downloads a blob into a new file and checks its digest. After a broken connection it goes on where it was, if the
 * registry can do that (RFC 9110, section 14).
 * @throws what the last attempt threw
 */
export async function downloadBlob(
  repository: Repository,
  blob: BlobDescriptor,
  path: string,
  report: DownloadReport,
): Promise<void> {
  const fd = open(path, O.RDWR | O.CREAT | O.EXCL, 0o600);
  try {
    const download = new Download(repository, blob, fd, report);
    await retrying(() => download.attempt(), report.waiting);
  } finally {
    close(fd);
  }
}

class Download {
  readonly #repository: Repository;
  readonly #blob: BlobDescriptor;
  readonly #fd: number;
  readonly #report: DownloadReport;
  #hash: Sha256 = host.sha256();
  #length = 0;

  constructor(repository: Repository, blob: BlobDescriptor, fd: number, report: DownloadReport) {
    this.#repository = repository;
    this.#blob = blob;
    this.#fd = fd;
    this.#report = report;
  }

  async attempt(): Promise<void> {
    const { digest, size } = this.#blob;
    if (this.#length < size || size === 0) await this.#receive();
    this.#report.verifying();
    if (this.#length === size && formatDigest(this.#hash.digest()) === digest) return;
    this.#restart();
    throw new DamagedError(`filesystem layer verification failed for digest ${digest}`);
  }

  async #receive(): Promise<void> {
    const { digest, size } = this.#blob;
    const headers = this.#length > 0 ? { Range: `bytes=${this.#length}-` } : {};
    const response = await this.#repository.request('GET', this.#repository.url(`blobs/${digest}`), {
      headers,
    });
    try {
      const isContinued =
        response.status === 206 && startOf(response.headers.get('content-range')) === this.#length;
      if (!isContinued) this.#restart();
      for (let data = await response.read(); data !== null; data = await response.read()) {
        this.#length += data.length;
        if (this.#length > size) {
          this.#restart();
          throw new DamagedError(`blob ${digest} is longer than the ${size} bytes that its manifest says`);
        }
        this.#hash.update(data);
        writeAll(this.#fd, data);
        this.#report.progress(this.#length);
      }
    } finally {
      response.close();
    }
  }

  #restart(): void {
    if (this.#length === 0) return;
    call('ftruncate', this.#fd, 0);
    call('lseek', this.#fd, 0, 0);
    this.#hash = host.sha256();
    this.#length = 0;
  }
}

/** The first byte of `bytes 10-19/20`. */
function startOf(contentRange: string | undefined): number | undefined {
  const [, start] = /^bytes (\d+)-/.exec(contentRange ?? '') ?? [];
  return start === undefined ? undefined : Number(start);
}
