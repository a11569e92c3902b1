/** User data on media: what a machine makes of them at the boot that finds them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { run } from '../../builder/exec.ts';
import { isoOf } from '../../builder/qemu/seed-medium.ts';
import { outputOf } from './process.ts';
import { useVm } from './vm.ts';

const directory = mkdtempSync(join(tmpdir(), 'paddock-media-'));
after(() => rmSync(directory, { recursive: true }));

/** Writes files and returns the folder that they are in. */
function folder(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name, path)), { recursive: true });
    writeFileSync(join(directory, name, path), text);
  }
  return join(directory, name);
}

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMq0RFpqTzEhLfNqzRkYQy6i1r1WVGQhyl2wVKAsnCj someone';

/** A host key as ssh-keygen makes it. */
execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, 'host-key')]);
const hostKey = readFileSync(join(directory, 'host-key'), 'utf8');

const USER_DATA = `#cloud-config
fqdn: seeded.example.org
timezone: Europe/Berlin
ntp: { servers: [192.0.2.7] }
swap: { size: 8M }
ssh_pwauth: false
ssh_keys:
  ed25519_private: |
${hostKey.replace(/^/gm, '    ')}
chpasswd: { list: "ann:secret" }
users: [default, { name: ann }]
packages: [vim]
final_message: done after $UPTIME seconds
bootcmd:
- test -e /run/console-done || echo early > /run/bootcmd
ssh_authorized_keys:
- ${KEY}
write_files:
- { path: /etc/motd.d/plain, content: "hello\\n", owner: rancher, permissions: "0640" }
- { path: /opt/packed, encoding: gz+b64, content: ${gzipSync('packed').toString('base64')} }
- { path: /etc/hosts, append: true, content: "192.0.2.1 far\\n" }
- { path: relative, content: "" }
- { path: /etc/marked, container: ntp, content: "in ntp\\n", owner: "7" }
mounts:
- [tmpfs, /mnt/scratch, tmpfs, "size=1m,mode=777"]
- [/opt, /mnt/bound, "", bind]
runcmd:
- echo "one $(ls /mnt/bound)" > /opt/ran
- [sh, -c, 'echo "two $0" >> /opt/ran', "with blanks"]
- "exit 3"
- echo never >> /opt/ran
rancher:
  sysctl: { vm.swappiness: 17 }
  modules: [dummy]
  services:
    hello:
      image: paddock/os-base:\${VERSION}
      command: echo hello of user data
      labels: { io.rancher.os.scope: system }
`;

describe('./run --cloud-config', () => {
  const vm = useVm({ cloudConfig: join(folder('run', { 'user-data': USER_DATA }), 'user-data') });
  const ssh = async (command: string) => outputOf(await vm().ssh(command));

  it('host name, sysctls and modules count in this boot', async () => {
    assert.equal(
      await ssh('hostname; cat /proc/sys/vm/swappiness; grep -c ^dummy /proc/modules'),
      'seeded\n17\n1',
    );
  });

  it('the keys of the user data and of ./run let people in', async () => {
    const keys = await ssh('cat .ssh/authorized_keys');
    assert.ok(keys.includes(KEY), keys);
    assert.equal(keys.split('\n').length, 2);
  });

  it('its services run', async () => {
    assert.equal(await ssh('sudo -n system-docker logs hello'), 'hello of user data');
  });

  it('files are written with their owners and permissions', async () => {
    assert.equal(
      await ssh(
        'cat /etc/motd.d/plain; stat -c "%a %U" /etc/motd.d/plain; cat /opt/packed; echo; tail -1 /etc/hosts',
      ),
      'hello\n640 rancher\npacked\n192.0.2.1 far',
    );
  });

  it('filesystems are mounted, and commands run behind that until one fails', async () => {
    assert.equal(await ssh('cat /opt/ran'), 'one packed\ntwo with blanks');
    assert.match(await ssh('grep /mnt/scratch /proc/mounts'), /size=1024k/);
  });

  it('the time is that of the zone, by the time servers that are named', async () => {
    assert.equal(await ssh('date -d @1800000000 "+%H:%M %Z"'), '09:00 CET');
    assert.equal(await ssh('sudo -n system-docker exec ntp cat /etc/openntpd/ntpd.conf'), 'server 192.0.2.7');
  });

  it('a zone that does not exist is refused, and another one counts at once', async () => {
    const refused = await vm().ssh('sudo -n ros config set timezone asia/tokyo && sudo -n ros apply');
    assert.equal(refused.status, 1);
    assert.match(
      refused.stdout + refused.stderr,
      /there is no time zone asia\/tokyo; did you mean Asia\/Tokyo\?/,
    );
    await ssh('sudo -n ros config set timezone Asia/Tokyo && sudo -n ros apply || true');
    assert.equal(await ssh('date +%Z'), 'JST');
  });

  it('the domain is in /etc/hosts, and bootcmd was early', async () => {
    assert.equal(
      await ssh('grep 127.0.1.1 /etc/hosts; cat /run/bootcmd'),
      '127.0.1.1\tseeded.example.org\tseeded\nearly',
    );
  });

  it('the host key is the one that was given, and passwords let nobody in', async () => {
    const key = readFileSync(join(directory, 'host-key.pub'), 'utf8').split(' ')[1] ?? '';
    const { host, port } = vm().machine.ssh;
    const scan = await run('ssh-keyscan', ['-t', 'ed25519', '-p', String(port), host]);
    assert.ok(scan.toString().includes(key), scan.toString());
    assert.match(await ssh('ps -o args | grep "^dropbear"'), / -s/);
    assert.match(await ssh('sudo -n grep "^ann:" /etc/shadow'), /^ann:\$6\$/);
  });

  it('a file is in the service that it names', async () => {
    assert.equal(await ssh('sudo -n system-docker exec ntp cat /etc/marked'), 'in ntp');
  });

  it('what fails is told in the log of the console', async () => {
    const text = await ssh('sudo -n system-docker logs console 2>&1');
    assert.match(text, /write_files.\[3\] relative: expected an absolute path/);
    assert.match(text, /runcmd: exit 3: exit code 3; what follows it is not run/);
    assert.match(text, /swap: \/var\/lib\/rancher\/swap would lie in memory itself/);
    assert.match(text, /done after [\d.]+ seconds/);
    assert.match(await vm().consoleText(), /packages: has no effect: there is no package manager/);
  });

  it('ros tells where a value comes from', async () => {
    assert.match(await ssh('sudo -n ros config sources fqdn'), /cloud-config\.d\/boot\.yml:2:1/);
  });

  it('what was read is for root alone, and the medium is not mounted', async () => {
    assert.equal(
      await ssh(
        'sudo -n stat -c %a /var/lib/rancher/conf/cloud-config.d/boot.yml /var/lib/rancher/conf/metadata',
      ),
      '600\n600',
    );
    assert.equal(await ssh('grep -c iso9660 /proc/mounts || true'), '0');
  });
});

describe('a medium with FAT, and mistakes on it', async () => {
  const image = join(directory, 'vfat.img');
  const media = folder('vfat', {
    'user-data': [
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=sep',
      '',
      '--sep',
      'Content-Type: text/cloud-config',
      '',
      'hostname: [',
      '--sep',
      'Content-Type: text/cloud-config',
      '',
      '#cloud-config',
      'rancher: { sysctl: { vm.swappiness: 23 } }',
      '--sep',
      'Content-Type: text/x-shellscript',
      '',
      '#!/bin/sh',
      'echo "script of $(id -un)" > /opt/scripted',
      '--sep--',
    ].join('\n'),
    'meta-data': 'instance-id: i-1\nlocal-hostname: by-metadata\n',
  });
  await run('mformat', ['-C', '-i', image, '-f', '1440', '-v', 'CIDATA', '::']);
  await run('mcopy', ['-i', image, join(media, 'user-data'), join(media, 'meta-data'), '::']);
  const vm = useVm({ media: [image] });

  it('the good part counts, and the metadata name the machine', async () => {
    assert.equal(outputOf(await vm().ssh('hostname; cat /proc/sys/vm/swappiness')), 'by-metadata\n23');
  });

  it('the script has run', async () => {
    assert.equal(outputOf(await vm().ssh('cat /opt/scripted')), 'script of root');
  });

  it('the mistake is told with its place', async () => {
    assert.match(
      await vm().consoleText(),
      /warning: user-data of nocloud on \/dev\/vda, part 1:\d+:\d+: .*ignored/,
    );
  });
});

describe('a config drive', async () => {
  const iso = await isoOf(
    folder('config-2', {
      'openstack/latest/meta_data.json': JSON.stringify({
        hostname: 'driven',
        public_keys: { mine: KEY },
      }),
      'openstack/latest/user_data': '#cloud-config\nrancher: { sysctl: { vm.swappiness: 29 } }\n',
    }),
    'config-2',
    join(directory, 'config-2.iso'),
  );
  const vm = useVm({ media: [iso] });

  it('names the machine, and its user data count', async () => {
    assert.equal(outputOf(await vm().ssh('hostname; cat /proc/sys/vm/swappiness')), 'driven\n29');
  });
});
