/**
 * Keys of cloud-init beside those that RancherOS had (cloudinit.readthedocs.io, "Module reference"). What has no meaning
 * in this OS is here as well, with the reason, so that a person is told it instead of `unknown key`.
 */
import * as v from 'valibot';
import { flag, integer, key, list, map, text, textMap } from './values.ts';

const CONSOLE = { effect: 'console' } as const;
const NEVER = { effect: 'never' } as const;
const SECRET = { effect: 'console', isPrivate: true } as const;

/** Keys at the top of a document. */
export function cloudInitKeys() {
  return {
    fqdn: key(text(), 'host name with its domain; also the `hostname` if there is none'),
    timezone: key(text(), 'time zone of the console, such as `Europe/Berlin`', { ...CONSOLE, preset: 'UTC' }),
    ntp: key(ntpSchema(), 'time servers'),
    swap: key(swapSchema(), 'a file to swap to', CONSOLE),
    power_state: key(powerStateSchema(), 'what the machine does when everything else is done', CONSOLE),
    password: key(text(), 'password of `rancher`, plain or a hash', SECRET),
    chpasswd: key(passwordsSchema(), 'passwords of users', SECRET),
    ssh_keys: key(
      textMap(),
      'host keys, `rsa_private`, `ed25519_private` and `ecdsa_private`, as ssh-keygen(1) writes them',
      SECRET,
    ),
    ssh_deletekeys: key(
      flag(),
      'whether host keys are made anew when user data are those of another machine',
      { ...CONSOLE, preset: 'false' },
    ),
    ssh_pwauth: key(
      v.pipe(
        v.union([flag(), v.picklist(['unchanged'])], 'true, false or unchanged'),
        v.transform((value) => (value === 'unchanged' ? undefined : value)),
      ),
      'whether a password lets in by ssh',
      { ...CONSOLE, preset: 'true' },
    ),
    disable_root: key(
      flag(),
      'whether ssh keeps `root` out; if not, the keys of `ssh_authorized_keys` are his too',
      {
        ...CONSOLE,
        preset: 'true',
      },
    ),
    final_message: key(
      text(),
      'what the console logs when it has done everything; `$UPTIME`, `$TIMESTAMP`, `$VERSION` are filled in',
      CONSOLE,
    ),
    ...foreignKeys(),
  };
}

function ntpSchema() {
  return map({
    enabled: key(flag(), 'whether there is the service `ntp`', { preset: 'true' }),
    servers: key(list(), 'hosts, each with one clock'),
    pools: key(list(), 'names behind which there are many', { preset: "Debian's" }),
    peers: key(list(), 'ntpd has no peers', NEVER),
    allow: key(list(), 'ntpd answers nobody', NEVER),
    ntp_client: key(text(), 'it is always openntpd', NEVER),
    config: key(v.unknown(), 'it is always openntpd', NEVER),
  });
}

function swapSchema() {
  return map({
    filename: key(text(), 'where; the folder must lie on the state partition', {
      ...CONSOLE,
      preset: '/var/lib/rancher/swap',
    }),
    size: key(text(), 'bytes, `512M`, or `auto`: by memory and room', CONSOLE),
    maxsize: key(text(), 'the most that `auto` takes', CONSOLE),
  });
}

function powerStateSchema() {
  return map({
    mode: key(
      v.picklist(['poweroff', 'halt', 'reboot'], 'poweroff, halt or reboot'),
      '`poweroff`, `halt` or `reboot`',
      CONSOLE,
    ),
    delay: key(text(), 'minutes to wait, or `now`', { ...CONSOLE, preset: 'now' }),
    message: key(text(), 'what the console logs then', CONSOLE),
    timeout: key(integer('a number of seconds', 0), 'seconds that /etc/rc.local may still take', {
      ...CONSOLE,
      preset: '30',
    }),
    condition: key(
      v.union([flag(), text(), list()], 'true, false or a command'),
      'whether it happens, or a command that exits with 0 if it shall',
      { ...CONSOLE, preset: 'true' },
    ),
  });
}

function passwordsSchema() {
  return map({
    users: key(
      v.array(
        map({
          name: key(text(), 'the user', SECRET),
          password: key(text(), 'the password or its hash', SECRET),
          type: key(text(), '`hash` or `text`', { ...SECRET, preset: 'hash' }),
        }),
        'a list',
      ),
      'users and passwords',
      SECRET,
    ),
    list: key(v.union([text(), list()], 'a text or a list'), 'the same, a line `NAME:PASSWORD` each', SECRET),
    expire: key(flag(), 'nobody is asked for a new password', NEVER),
  });
}

const NO_PACKAGES = 'there is no package manager; what is missing comes as a container';
const NO_HOSTNAME_CHOICE = 'the network service looks after the name and its line in /etc/hosts';
const DISKS = '`rancher.state` says which disk is formatted, and `rancher.resize_device` which one grows';
const KEYS = 'dropbear makes a key when a client asks for its kind, and shows none';
const PROGRAM = 'its program is not in this OS; it can be a container';
const STAGES = 'there are no modules to choose from';
const SOURCES = '`rancher.cloud_init.datasources` says where user data may come from';

/** Why keys of cloud-init do nothing here. */
const FOREIGN: Readonly<Record<string, readonly string[]>> = {
  [NO_PACKAGES]: [
    'apt',
    'apt_pipelining',
    'apt_reboot_if_required',
    'apt_update',
    'apt_upgrade',
    'package_reboot_if_required',
    'package_update',
    'package_upgrade',
    'packages',
    'snap',
    'yum_repo_dir',
    'yum_repos',
    'zypper',
  ],
  [NO_HOSTNAME_CHOICE]: [
    'create_hostname_file',
    'manage_etc_hosts',
    'prefer_fqdn_over_hostname',
    'preserve_hostname',
  ],
  [DISKS]: ['device_aliases', 'disk_setup', 'fs_setup', 'growpart', 'mount_default_fields', 'resize_rootfs'],
  [KEYS]: [
    'disable_root_opts',
    'no_ssh_fingerprints',
    'ssh',
    'ssh_fp_console_blacklist',
    'ssh_genkeytypes',
    'ssh_key_console_blacklist',
    'ssh_publish_hostkeys',
    'ssh_quiet_keygen',
  ],
  [PROGRAM]: [
    'ansible',
    'byobu_by_default',
    'chef',
    'landscape',
    'lxd',
    'mcollective',
    'puppet',
    'rh_subscription',
    'rsyslog',
    'salt_minion',
    'spacewalk',
    'ubuntu_advantage',
    'ubuntu_pro',
    'wireguard',
  ],
  [STAGES]: [
    'cloud_config_modules',
    'cloud_final_modules',
    'cloud_init_modules',
    'merge_how',
    'merge_type',
    'output',
    'reporting',
    'system_info',
    'vendor_data',
    'vendor_data2',
  ],
  [SOURCES]: ['datasource', 'datasource_list'],
  'there is one language': ['keyboard', 'locale', 'locale_configfile'],
  'the kernel looks after its random numbers': ['random_seed'],
  '`rancher.network.dns` says it': ['manage_resolv_conf', 'resolv_conf'],
  '`rancher.network` says it, or the network configuration of the datasource': ['network'],
  'the authorities are those that come with the OS': ['ca-certs', 'ca_certs'],
  'keys are given with `ssh_authorized_keys`': ['allow_public_ssh_keys', 'ssh_import_id'],
  'nobody is told; a command of `runcmd` can do it': ['phone_home'],
  'kernel modules are in `rancher.modules`': ['drivers'],
  'one user is always there, `rancher`; others are in `users`': ['autoinstall', 'user'],
  "CoreOS's own": ['coreos'],
};

function foreignKey(reason: string) {
  return key(v.unknown(), reason, NEVER);
}

/** Nobody reads their values, so that they have no types. */
function foreignKeys(): Record<never, ReturnType<typeof foreignKey>> {
  const entries = Object.entries(FOREIGN).flatMap(([reason, names]) =>
    names.map((name) => [name, foreignKey(reason)] as const),
  );
  return Object.fromEntries(entries);
}

/** Of a user, what adduser would do and has no meaning here. */
export function foreignUserKeys() {
  const expiry = 'passwords and accounts do not expire';
  return {
    create_groups: foreignKey('groups that are missing are always made'),
    doas: foreignKey('there is sudo only'),
    expiredate: foreignKey(expiry),
    inactive: foreignKey(expiry),
    no_log_init: foreignKey('there is no lastlog'),
    no_user_group: foreignKey('`primary_group` names the first group'),
    selinux_user: foreignKey('there is no SELinux'),
    snapuser: foreignKey(NO_PACKAGES),
    ssh_import_id: foreignKey('keys are given with `ssh_authorized_keys`'),
    ssh_redirect_user: foreignKey('it is not supported'),
  };
}
