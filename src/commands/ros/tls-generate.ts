import { changeCloudConfig } from '../../config/cloud-config-file.ts';
import { CLOUD_CONFIG } from '../../config/config-files.ts';
import type { Config } from '../../config/schema.ts';
import { setKey } from '../../config/set.ts';
import { changeOwner, makeDirectories, readTextIfExists, writeFileAtomic } from '../../linux/file.ts';
import { lstatIfExists } from '../../linux/file-status.ts';
import { parseAddress } from '../../linux/ip-address.ts';
import { type Command, CommandFailure, defineLocalCommand } from '../docker/command.ts';
import type { Console } from '../docker/console.ts';
import { UsageError } from '../docker/flags.ts';
import type { Machine } from './machine.ts';
import { type Certificate, makeAuthority, makeCertificate } from './tls-certificate.ts';

/** Where User Docker expects those of a server. */
const SERVER_DIRECTORY = '/etc/docker/tls';
const DEFAULT_HOST = 'localhost';
/** RFC 1123; `*` stands for one first part. */
const HOST_FORM =
  /^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;

/** `ros tls generate` */
export function tlsGenerate(machine: Machine): Command {
  return defineLocalCommand({
    summary: 'Make a certificate for a client, or with --server for User Docker',
    usage: '[OPTIONS]',
    arguments: [0, 0],
    flags: {
      hostname: {
        kind: 'list',
        short: 'H',
        value: 'HOST',
        help: `A name or address of the server, may be repeated; ${DEFAULT_HOST} if not given`,
      },
      server: {
        kind: 'boolean',
        short: 's',
        help: 'For the server, and into rancher.docker of the configuration',
      },
      dir: {
        kind: 'string',
        short: 'd',
        value: 'DIRECTORY',
        help: `Where the files go; ${SERVER_DIRECTORY} or ~/.docker if not given`,
      },
    },
    examples: [
      ['generate --server -H box.example.org -H 192.168.1.2', 'what the server shows'],
      ['generate', 'what you show, in ~/.docker, where `docker --tlsverify` looks for it'],
    ],
    async run({ console }, { hostname, server, dir }) {
      const hosts = hostname.length > 0 ? hostname : [DEFAULT_HOST];
      for (const host of hosts) {
        if (HOST_FORM.test(host) || parseAddress(host) !== undefined) continue;
        throw new UsageError(
          `invalid argument "${host}" for "-H, --hostname" flag: expected a host name or an address`,
        );
      }
      const person = whoAsks(console);
      const directory = dir ?? (server ? SERVER_DIRECTORY : `${person.home}/.docker`);
      const authority = await authorityOf((await machine.config()).config);
      const made = await makeCertificate(server ? 'server' : 'client', server ? hosts : [], authority);
      if (server) keepInConfiguration('server', made);
      // A directory that is there may be anybody's.
      const owner = !server && lstatIfExists(directory) === undefined ? person : undefined;
      makeDirectories(directory, server ? 0o755 : 0o700);
      if (owner !== undefined) changeOwner(directory, owner.uid, owner.gid);
      const prefix = server ? 'server-' : '';
      const files = [
        ['ca.pem', authority.certificate, 0o444],
        [`${prefix}cert.pem`, made.certificate, 0o444],
        [`${prefix}key.pem`, made.key, 0o400],
      ] as const;
      for (const [name, text, mode] of files) {
        const path = `${directory}/${name}`;
        writeFileAtomic(path, text, mode);
        if (!server) changeOwner(path, person.uid, person.gid);
        console.out(`${path}\n`);
      }
      return 0;
    },
  });
}

/** The authority of the configuration; a new one comes there. */
async function authorityOf({ rancher }: Config): Promise<Certificate> {
  const { ca_cert: certificate, ca_key: key } = rancher?.docker ?? {};
  if (certificate && key) return { certificate, key };
  if (certificate || key) {
    const [there, missing] = certificate ? ['ca_cert', 'ca_key'] : ['ca_key', 'ca_cert'];
    throw new CommandFailure(
      `rancher.docker.${there} is set and rancher.docker.${missing} is not: both make an authority`,
    );
  }
  const made = await makeAuthority();
  keepInConfiguration('ca', made);
  return made;
}

/** Writes certificate and key under `rancher.docker`, both or none. */
function keepInConfiguration(name: 'ca' | 'server', { certificate, key }: Certificate): void {
  changeCloudConfig(CLOUD_CONFIG, (text) => {
    const first = setKey(text, CLOUD_CONFIG, `rancher.docker.${name}_cert`, certificate);
    return setKey(first.text, CLOUD_CONFIG, `rancher.docker.${name}_key`, key).text;
  });
}

/** The person who calls this, also by sudo(8). */
function whoAsks(console: Console): { uid: number; gid: number; home: string } {
  const user = console.environment('SUDO_USER');
  const fields = (readTextIfExists('/etc/passwd') ?? '')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === user);
  if (user === undefined || fields === undefined)
    return { uid: 0, gid: 0, home: console.environment('HOME') ?? '/root' };
  const [, , uid, gid, , home = '/'] = fields;
  return { uid: Number(uid), gid: Number(gid), home };
}
