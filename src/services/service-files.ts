/** `write_files` with `container`: files of the configuration for another service than the console. */
import { planFiles } from '../config/planned-file.ts';
import { concatBytes } from '../linux/bytes.ts';
import { errorMessage } from '../linux/error-report.ts';
import { gunzip } from '../linux/gunzip.ts';
import { tarEntry, tarHeader, tarPadding, tarTrailer } from '../oci/tar-writer.ts';
import { resolveUser } from '../oci/user.ts';
import type { ServiceStep } from './start-plan.ts';

/** What the users of an image are called is not known here: others than root are given as numbers. */
const DATABASE = { passwd: 'root:x:0:0::/root:', group: 'root:x:0:' };

/** The files of a service as an archive of the root folder; undefined if there are none. A line for each that is left out. */
export function archiveOfFiles({ name, files }: Pick<ServiceStep, 'name' | 'files'>): {
  archive: Uint8Array | undefined;
  problems: string[];
} {
  const { files: planned, problems } = planFiles(files, name, gunzip);
  const parts = planned.flatMap(({ path, content, mode, owner, isAppended }) => {
    try {
      if (isAppended) throw new Error('append: only in the console');
      const { uid, gid } = resolveUser(owner, [], DATABASE);
      const size = content.length;
      const header = tarHeader(tarEntry({ type: 'file', path: path.slice(1), size, mode, uid, gid }));
      return [header, content, tarPadding(size)];
    } catch (error) {
      problems.push(`write_files: ${path}: ${errorMessage(error)}`);
      return [];
    }
  });
  return { archive: parts.length === 0 ? undefined : concatBytes([...parts, tarTrailer()]), problems };
}
