import { MAIN_ACCOUNT } from '../init/console/accounts.ts';
import { expandIssue } from '../init/console/issue.ts';
import { encodeUtf8 } from '../linux/bytes.ts';
import { readLink, readTextIfExists } from '../linux/file.ts';
import { writeAll } from '../linux/file-descriptor.ts';
import { execute } from '../linux/process.ts';
import { systemName } from '../linux/system-name.ts';

/** `autologin`: run by getty in the place of `login`; it lets the main account in without a question. */
export function autologinCommand(): number {
  const terminal = readLink('/proc/self/fd/0').replace(/^\/dev\//, '');
  const issue = expandIssue(readTextIfExists('/etc/issue') ?? '', systemName().node, terminal);
  writeAll(1, encodeUtf8(issue));
  return execute('/bin/login', ['login', '-f', MAIN_ACCOUNT], host.environment);
}
