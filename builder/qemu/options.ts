import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Forward } from './machine.ts';
import type { StartOptions } from './start.ts';

/** What a person asked `./run` for. */
export interface RunOptions extends Omit<StartOptions, 'console'> {
  /** Of a disk that is made, in MiB. */
  readonly diskSize: number;
  readonly headless: boolean;
}

export const usage = `Usage: ./run [options]

Builds Paddock and boots it in QEMU, with its console in this terminal.

  --memory SIZE          memory of the machine, in MB or as 2G (default: 1024)
  --cpus N               processors (default: 2)
  --append "WORDS"       more kernel words, such as rancher.debug or cc.hostname=box
  --cloud-config FILE    user data for the machine: a #cloud-config, a script, or what else cloud-init knows
  --disk FILE            a disk, raw or qcow2, on which files and containers are kept; made and formatted if there
                         is none. With --iso, for the machine to see only
  --disk-size SIZE       how large it is made, in MB or as 20G (default: 8G)
  --forward HOST:GUEST   lead a port of 127.0.0.1 to one of the machine; may be repeated
  --iso                  boot the ISO through its boot menu instead of kernel and initrd directly;
                         kernel words are then the ISO's: no SSH key, no System Docker on TCP
  --uefi                 firmware is OVMF instead of SeaBIOS
  --headless             no terminal: the console goes to a file; prints one line of JSON when the
                         machine is up, and stays until killed
  --kernel cloud         Debian's kernel for virtual machines, the only one at present
  --edition tiny         the edition without User Docker, the only one at present
  --help                 print this
`;

/** A mistake on the command line; the message is for the person who made it. */
export class UsageError extends Error {}

const known = {
  memory: { type: 'string', default: '1024' },
  cpus: { type: 'string', default: '2' },
  append: { type: 'string', default: '' },
  disk: { type: 'string' },
  'disk-size': { type: 'string', default: '8G' },
  forward: { type: 'string', multiple: true, default: [] },
  iso: { type: 'boolean', default: false },
  uefi: { type: 'boolean', default: false },
  headless: { type: 'boolean', default: false },
  kernel: { type: 'string', default: 'cloud' },
  edition: { type: 'string', default: 'tiny' },
  'cloud-config': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

/**
 * Options from the words of a command line.
 * @throws UsageError naming the option and what was expected
 */
export function parseRunOptions(words: readonly string[]): RunOptions | 'help' {
  const values = parseWords(words);
  if (values.help) return 'help';
  only('--kernel', values.kernel, 'cloud');
  only('--edition', values.edition, 'tiny');
  if (values.iso && values.append !== '')
    throw new UsageError('--append: cannot be given with --iso, whose boot menu has the kernel words');
  return {
    memory: parseSize('--memory', values.memory),
    cpus: parseCpus(values.cpus),
    boot: values.iso ? 'iso' : 'kernel',
    uefi: values.uefi,
    append: values.append,
    diskSize: parseSize('--disk-size', values['disk-size']),
    ...(values.disk === undefined ? {} : { disk: values.disk }),
    ...(values['cloud-config'] === undefined ? {} : { cloudConfig: values['cloud-config'] }),
    forwards: values.forward.map(parseForward),
    headless: values.headless,
  };
}

function parseWords(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: known, strict: true }).values;
  } catch (error) {
    // Node adds advice about positional arguments, of which there are none here.
    throw new UsageError((error as Error).message.split('. To specify')[0]);
  }
}

function only(option: string, value: string, supported: string): void {
  if (value !== supported)
    throw new UsageError(`${option} ${value}: not supported yet; there is "${supported}" only`);
}

/** MiB from `512`, `512M` or `2G`. */
function parseSize(option: string, text: string): number {
  const match = /^(\d+)([MG]?)$/.exec(text);
  const size = match ? Number(match[1]) * (match[2] === 'G' ? 1024 : 1) : 0;
  if (size < 1) throw new UsageError(`${option} ${text}: expected a number of megabytes such as 512, or 2G`);
  return size;
}

function parseCpus(text: string): number {
  const cpus = /^\d+$/.test(text) ? Number(text) : 0;
  if (cpus < 1 || cpus > 255) throw new UsageError(`--cpus ${text}: expected a number from 1 to 255`);
  return cpus;
}

function parseForward(text: string): Forward {
  const match = /^(\d+):(\d+)$/.exec(text);
  const [host, guest] = [Number(match?.[1]), Number(match?.[2])];
  if (!isPort(host) || !isPort(guest))
    throw new UsageError(`--forward ${text}: expected HOST:GUEST, two port numbers such as 8080:80`);
  return { host, guest };
}

function isPort(number: number): boolean {
  return number >= 1 && number <= 65535;
}
