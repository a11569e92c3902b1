import { isErrno } from '../../linux/errno.ts';
import { readText, writeFileAtomic } from '../../linux/file.ts';
import { CommandFailure, defineLocalCommand } from '../docker/command.ts';
import { DEFAULT_EDITOR, runEditor } from './editor.ts';

/** The boot partition is mounted where the machine's own programs are, and not in the console. */
const BOOT_DIRECTORY = '/proc/1/root/boot';
const FILE = 'global.cfg';
/** In RAM: what is typed reaches the partition at once, or not at all. */
const DRAFT = `/run/${FILE}`;

/** `ros config syslinux` */
export const configSyslinux = defineLocalCommand({
  summary: 'Edit global.cfg of the boot partition: the kernel command line of RancherOS on a disk',
  usage: '',
  arguments: [0, 0],
  flags: {},
  examples: [['syslinux', `with $VISUAL or $EDITOR, or ${DEFAULT_EDITOR}`]],
  async run({ console }) {
    const path = `${BOOT_DIRECTORY}/${FILE}`;
    const old = readGlobalConfig(path);
    writeFileAtomic(DRAFT, old, 0o600);
    await runEditor(console, DRAFT, `/boot/${FILE} is as it was, and ${DRAFT} as you left it`);
    const text = readText(DRAFT);
    if (text !== old) writeFileAtomic(path, text, 0o644);
    return 0;
  },
});

function readGlobalConfig(path: string): string {
  try {
    return readText(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    throw new CommandFailure(
      `there is no /boot/${FILE}: rancher.state.boot_dev names no partition of an installed RancherOS`,
    );
  }
}
