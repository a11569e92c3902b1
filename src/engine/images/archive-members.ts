/**
 * The members of an image archive (`docker save`, OCI layout), which may come in any order: layers are unpacked as they
 * come, documents kept, since only the documents say which layers belong to what. Runs in a worker.
 */
import { concatBytes } from '../../linux/bytes.ts';
import { errorMessage } from '../../linux/error-report.ts';
import { makeDirectory, removeTree } from '../../linux/file.ts';
import { type Digest, formatDigest } from '../../oci/digest.ts';
import { FormatError } from '../../oci/errors.ts';
import { cleanLayerPath, joinLayerPath, splitLayerPath } from '../../oci/layer-path.ts';
import { isZeroBlock, TAR_BLOCK, type TarEntry } from '../../oci/tar-header.ts';
import type { TarHandler } from '../../oci/tar-reader.ts';
import { detectCompression } from './compression.ts';
import { type ExtractedLayer, LayerExtractor } from './extract-layer.ts';

/** A layer that lies unpacked in a directory. */
export interface ArchivedLayer extends ExtractedLayer {
  /** Of the member as it is in the archive. */
  readonly digest: Digest;
  readonly directory: string;
}

type Member =
  | { readonly is: 'document'; readonly bytes: Uint8Array }
  | { readonly is: 'layer'; readonly layer: ArchivedLayer }
  | { readonly is: 'link'; readonly target: string }
  /** What is wrong with it matters only if an image needs it. */
  | { readonly is: 'unusable'; readonly reason: string };

/** Takes the content of a member. */
interface Sink {
  write(bytes: Uint8Array): void;
  end(): Member;
  /** Gives up; what it has made so far is removed. */
  abort(): void;
}

/** The member that is being read. */
interface CurrentMember {
  readonly path: string;
  /** Its first bytes, until there are enough to see what it is. */
  beginning: Uint8Array;
  sink: Sink | undefined;
  fault: string | undefined;
}

const MAXIMUM_DOCUMENT = 4 * 1024 * 1024;
const MAXIMUM_DOCUMENTS = 32 * 1024 * 1024;
/** Archives end with zeros; whoever sends more than this without a member does not send an archive. */
const MAXIMUM_PADDING = 16 * 1024 * 1024;
const MAXIMUM_LINKS = 8;
/** Where POSIX and GNU tar have `ustar` in the first block. */
const TAR_MAGIC = { offset: 257, text: 'ustar' } as const;

export class ArchiveMembers implements TarHandler {
  readonly #directory: string;
  readonly #members = new Map<string, Member>();
  #current: CurrentMember | undefined;
  #layerCount = 0;
  #documentBytes = 0;
  #padding = 0;

  /** @param directory where layers are unpacked, each in a directory of its own */
  constructor(directory: string) {
    this.#directory = directory;
    makeDirectory(directory);
  }

  /** Whether the archive has a member of this name. */
  has(path: string): boolean {
    return this.#members.has(path);
  }

  /** The bytes of a document. Throws FormatError if there is no such document. */
  document(path: string): Uint8Array {
    const member = this.#find(path);
    if (member.is === 'document') return member.bytes;
    throw new FormatError(`${path} in the archive is not a document`);
  }

  /** An unpacked layer. Throws FormatError if there is no such layer, or if it could not be unpacked. */
  layer(path: string): ArchivedLayer {
    const member = this.#find(path);
    if (member.is === 'layer') return member.layer;
    throw new FormatError(`${path} in the archive is not a layer`);
  }

  entry(entry: TarEntry): void {
    this.#padding = 0;
    const path = cleanLayerPath(entry.path);
    if (entry.type === 'file') {
      this.#current = { path, beginning: new Uint8Array(0), sink: undefined, fault: undefined };
    } else if (entry.type === 'symlink') {
      const { directory } = splitLayerPath(path);
      this.#add(path, { is: 'link', target: joinLayerPath(directory, entry.linkPath) });
    } else if (entry.type === 'hardlink') {
      this.#add(path, { is: 'link', target: entry.linkPath });
    }
  }

  data(bytes: Uint8Array): void {
    const current = this.#current;
    if (current === undefined) return;
    guarded(current, () => {
      if (current.sink !== undefined) {
        current.sink.write(bytes);
        return;
      }
      current.beginning = concatBytes([current.beginning, bytes]);
      if (current.beginning.length >= TAR_BLOCK) this.#chooseSink(current);
    });
  }

  entryEnd(): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    const member = guarded(current, () => (current.sink ?? this.#chooseSink(current)).end());
    this.#add(current.path, member ?? { is: 'unusable', reason: current.fault ?? 'unknown fault' });
  }

  raw(bytes: Uint8Array): void {
    this.#padding += bytes.length;
    if (this.#padding > MAXIMUM_PADDING) throw new FormatError('the archive does not end');
  }

  #add(path: string, member: Member): void {
    const former = this.#members.get(path);
    if (former?.is === 'layer') removeTree(former.layer.directory);
    this.#members.set(path, member);
  }

  #find(path: string): Exclude<Member, { is: 'link' | 'unusable' }> {
    let member = this.#members.get(cleanLayerPath(path));
    for (let links = 0; member?.is === 'link' && links < MAXIMUM_LINKS; links++) {
      member = this.#members.get(cleanLayerPath(member.target));
    }
    if (member === undefined || member.is === 'link') {
      throw new FormatError(`the archive is incomplete: it has no ${path}`);
    }
    if (member.is === 'unusable') throw new FormatError(`${path}: ${member.reason}`);
    return member;
  }

  /** Decides by its first bytes what a member is, and lets it have them. No document is compressed. */
  #chooseSink(current: CurrentMember): Sink {
    const { beginning } = current;
    const isCompressed = detectCompression(beginning) !== 'none';
    const sink =
      isCompressed || isTar(beginning)
        ? layerSink(`${this.#directory}/${++this.#layerCount}`, isCompressed)
        : documentSink((size) => this.#countDocument(size));
    current.sink = sink;
    current.beginning = new Uint8Array(0);
    sink.write(beginning);
    return sink;
  }

  #countDocument(size: number): void {
    this.#documentBytes += size;
    if (this.#documentBytes > MAXIMUM_DOCUMENTS) {
      throw new FormatError(`documents of more than ${MAXIMUM_DOCUMENTS} bytes in one archive`);
    }
  }
}

/** Runs a step for a member; if that fails, the member is beyond help and the archive goes on. */
function guarded<Result>(current: CurrentMember, step: () => Result): Result | undefined {
  if (current.fault !== undefined) return undefined;
  try {
    return step();
  } catch (error) {
    current.fault = errorMessage(error);
    current.sink?.abort();
    return undefined;
  }
}

function isTar(beginning: Uint8Array): boolean {
  if (beginning.length < TAR_BLOCK) return false;
  const block = beginning.subarray(0, TAR_BLOCK);
  const magic = block.subarray(TAR_MAGIC.offset, TAR_MAGIC.offset + TAR_MAGIC.text.length);
  return isZeroBlock(block) || String.fromCharCode(...magic) === TAR_MAGIC.text;
}

function layerSink(directory: string, isCompressed: boolean): Sink {
  const extractor = new LayerExtractor(directory);
  // What is not compressed has the digest of the tar, which is reckoned anyway.
  const hash = isCompressed ? host.sha256() : undefined;
  return {
    write: (bytes) => {
      hash?.update(bytes);
      extractor.push(bytes);
    },
    end: () => {
      const layer = extractor.end();
      const digest = hash === undefined ? layer.diffId : formatDigest(hash.digest());
      return { is: 'layer', layer: { ...layer, digest, directory } };
    },
    abort: () => {
      extractor.abort();
      removeTree(directory);
    },
  };
}

/** @param count is told of every piece and may object */
function documentSink(count: (size: number) => void): Sink {
  const pieces: Uint8Array[] = [];
  let size = 0;
  return {
    write: (bytes) => {
      size += bytes.length;
      if (size > MAXIMUM_DOCUMENT) throw new FormatError(`neither a layer nor a document: ${size} bytes`);
      count(bytes.length);
      pieces.push(bytes.slice());
    },
    end: () => ({ is: 'document', bytes: concatBytes(pieces) }),
    abort: () => pieces.splice(0),
  };
}
