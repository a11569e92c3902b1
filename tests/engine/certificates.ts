import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../builder/exec.ts';
import { ensureHostTools } from '../../builder/host-tools.ts';

/** PEM texts of a certificate that is signed by itself. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Makes a certificate for names such as `IP:127.0.0.1` and `DNS:example.org`, valid for two days. */
export async function makeCertificate(...names: readonly string[]): Promise<TestCertificate> {
  await ensureHostTools(['openssl']);
  const directory = await mkdtemp(join(tmpdir(), 'paddock-certificate-'));
  try {
    const [certificate, key] = [join(directory, 'certificate'), join(directory, 'key')];
    const subject = ['-subj', '/CN=test', '-addext', `subjectAltName=${names.join(',')}`];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    await run('openssl', [
      'req',
      '-x509',
      '-batch',
      ...kind,
      ...subject,
      '-keyout',
      key,
      '-out',
      certificate,
    ]);
    return { certificate: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8') };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
