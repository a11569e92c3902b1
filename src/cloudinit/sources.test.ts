import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfigDrive } from './config-drive.ts';
import { parseNoCloud } from './nocloud.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const files = (contents: Record<string, string>) =>
  new Map(Object.entries(contents).map(([name, text]) => [name, bytes(text)]));

test('NoCloud: host name, keys and user data', () => {
  const fetched = parseNoCloud(
    'nocloud',
    files({
      'meta-data':
        'instance-id: i-1\nlocal-hostname: box\npublic-keys:\n- ssh-rsa AAA one\n- ssh-rsa BBB two\n',
      'user-data': '#cloud-config\n',
    }),
  );
  assert.deepEqual(fetched.metadata, {
    instanceId: 'i-1',
    hostname: 'box',
    sshKeys: { '000 key': 'ssh-rsa AAA one', '001 key': 'ssh-rsa BBB two' },
  });
  assert.deepEqual(fetched.userData, bytes('#cloud-config\n'));
});

test('NoCloud: an empty meta-data file is fine, a broken one has a place', () => {
  assert.deepEqual(parseNoCloud('nocloud', files({ 'meta-data': '' })).metadata, {});
  assert.throws(
    () => parseNoCloud('nocloud on /dev/sr0', files({ 'meta-data': 'a: [\n' })),
    /^ConfigError: meta-data of nocloud on \/dev\/sr0:\d+:\d+/,
  );
});

test('config drive: host name, keys, vendor data', () => {
  const fetched = parseConfigDrive(
    'configdrive',
    files({
      'openstack/latest/meta_data.json': JSON.stringify({
        uuid: 'u-1',
        hostname: 'box.novalocal',
        public_keys: { mine: 'ssh-rsa AAA me\n' },
      }),
      'openstack/latest/user_data': '#!/bin/sh\n',
      'openstack/latest/vendor_data.json': JSON.stringify({ 'cloud-init': '#cloud-config\n' }),
    }),
  );
  assert.deepEqual(fetched.metadata, {
    instanceId: 'u-1',
    hostname: 'box.novalocal',
    sshKeys: { '000 mine': 'ssh-rsa AAA me' },
  });
  assert.equal(fetched.vendorData?.length, bytes('#cloud-config').length);
});
