/** Certificates by the program `tls-certificate` (runtime/tls-certificate.c). */
import { machineProgram } from '../../linux/machine-program.ts';
import { runWithInput } from '../../linux/process-output.ts';

const PROGRAM = '/usr/lib/paddock/tls-certificate';
/** The organization in the certificates, for people. */
const ORGANIZATION = 'Paddock';

/** A certificate and the private key that belongs to it, each as PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** A new authority, which signs itself. Throws an Error that says what is wrong. */
export function makeAuthority(): Promise<Certificate> {
  return make(['authority', ORGANIZATION], '');
}

/** A certificate that an authority signs; a server's is made out to hosts. Throws an Error that says what is wrong. */
export function makeCertificate(
  kind: 'server' | 'client',
  hosts: readonly string[],
  authority: Certificate,
): Promise<Certificate> {
  return make([kind, ORGANIZATION, ...hosts], `${authority.certificate}\n${authority.key}\n`);
}

async function make(args: readonly string[], input: string): Promise<Certificate> {
  const { code, output } = await runWithInput([PROGRAM, ...args], input, {
    ...machineProgram(PROGRAM),
    environment: [],
  });
  if (code !== 0) throw new Error(output.trim());
  const [certificate = '', key = ''] = output.match(/^-----BEGIN [\s\S]+?^-----END .+\n/gm) ?? [];
  return { certificate, key };
}
