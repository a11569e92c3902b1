/**
 * The keys of the configuration and what they may hold: those of RancherOS. Every key may be absent or null.
 * From here come the types, the checks, `docs/cloud-config.schema.json` and the table in docs/configuration.md
 * (`./build reference`). What a service may hold is the matter of src/services/compose.ts.
 */
import * as v from 'valibot';
import { isMap } from './merge.ts';
import { cloudInitKeys, foreignUserKeys } from './schema/cloud-init.ts';
import { dockerSchema } from './schema/docker.ts';
import { networkSchema } from './schema/network.ts';
import {
  flag,
  integer,
  key,
  list,
  map,
  mapFromNames,
  once,
  seconds,
  text,
  textMap,
} from './schema/values.ts';

/** The configuration, whole or a part of it. */
export type Config = v.InferOutput<ReturnType<typeof buildSchema>>;
export type RancherConfig = NonNullable<Config['rancher']>;
/** One entry of `rancher.services`, not checked yet. */
export type ServiceDefinition = Readonly<Record<string, unknown>>;

const NONE = { effect: 'none' } as const;
const NEVER = { effect: 'never' } as const;
const CONSOLE = { effect: 'console' } as const;

/** Built at the first use. */
export const configSchema = once(buildSchema);

function buildSchema() {
  return map({
    hostname: key(text(), 'host name; if it is set, DHCP does not change it'),
    ssh_authorized_keys: key(list(), 'keys that let in `rancher` and `docker`', CONSOLE),
    users: key(v.array(userSchema(), 'a list'), 'users of the console; `default` is `rancher`', CONSOLE),
    groups: key(
      v.array(v.union([text(), mapFromNames(list())], 'a name, or a map of names to members'), 'a list'),
      'groups of the console, each a name or a map of names to members',
      CONSOLE,
    ),
    write_files: key(v.array(fileSchema(), 'a list'), 'files to write when the console starts', CONSOLE),
    mounts: key(
      v.array(v.pipe(list(), v.minLength(2, MOUNT), v.maxLength(6, MOUNT)), 'a list'),
      'filesystems to mount when the console starts, each `[device, folder, type, options]`',
      CONSOLE,
    ),
    runcmd: key(
      commands(),
      'commands when the console starts, each a line of shell or a list of words',
      CONSOLE,
    ),
    bootcmd: key(commands(), 'commands at each boot before the services start, in the OS itself'),
    ...cloudInitKeys(),
    rancher: key(rancherSchema(), 'everything that is not plain cloud-init'),
  });
}

/** cloud-init's have two more, which nobody looks at, as in fstab(5); RancherOS's have all four. */
const MOUNT = 'device, folder, type and options';

function commands() {
  return v.array(v.union([text(), list()], 'a line of text or a list of words'), 'a list');
}

/** A name alone is a user without anything else. */
function userSchema() {
  return v.pipe(
    v.union([v.string(), v.custom<object>(isMap)], 'a name or a map'),
    v.transform((value) => (typeof value === 'string' ? { name: value } : value)),
    map({
      name: key(text(), 'small letters, digits, `_` and `-`', CONSOLE),
      uid: key(integer('a number', 1, 65533), 'that of the owner of the home, or a free one', CONSOLE),
      gecos: key(text(), 'the full name', CONSOLE),
      homedir: key(text(), 'the home', { ...CONSOLE, preset: '/home/NAME' }),
      no_create_home: key(flag(), 'whether the home is not made', CONSOLE),
      shell: key(text(), 'the shell', { ...CONSOLE, preset: '/bin/sh' }),
      primary_group: key(text(), 'the first group', { ...CONSOLE, preset: 'of the same name' }),
      groups: key(listOrText(), 'further groups, a list or names with commas', CONSOLE),
      sudo: key(listOrText(), 'rules of sudoers(5): `ALL=(ALL) NOPASSWD:ALL`', CONSOLE),
      ssh_authorized_keys: key(list(), 'keys that let in this user', CONSOLE),
      passwd: key(text(), 'a hash as mkpasswd(1) makes it', { ...CONSOLE, isPrivate: true }),
      hashed_passwd: key(text(), 'the same', { ...CONSOLE, isPrivate: true }),
      plain_text_passwd: key(text(), 'the password itself', { ...CONSOLE, isPrivate: true }),
      lock_passwd: key(flag(), 'whether the password lets nobody in', { ...CONSOLE, preset: 'true' }),
      system: key(flag(), 'whether the id is one of those of services', CONSOLE),
      ...foreignUserKeys(),
    }),
  );
}

function listOrText() {
  return v.union([text(), list()], 'a text or a list');
}

function fileSchema() {
  return map({
    path: key(text(), 'where', CONSOLE),
    content: key(text(), 'what', CONSOLE),
    encoding: key(
      v.picklist(
        ['', 'b64', 'base64', 'gz', 'gzip', 'gz+b64', 'gz+base64', 'gzip+b64', 'gzip+base64'],
        'b64, gz, gz+b64 or nothing',
      ),
      'how `content` is written: nothing, `b64`, `gz` or `gz+b64`',
      CONSOLE,
    ),
    permissions: key(text(), 'octal digits in quotes', { ...CONSOLE, preset: '0644' }),
    owner: key(text(), '`user` or `user:group`', { ...CONSOLE, preset: 'root' }),
    append: key(flag(), 'whether `content` is added to what the file holds', CONSOLE),
    defer: key(v.unknown(), 'files are written behind users and groups anyway', { effect: 'never' }),
    source: key(v.unknown(), '`content` says what is written, and `#include` what is fetched', {
      effect: 'never',
    }),
    container: key(text(), 'the service in whose filesystem it is written', {
      ...CONSOLE,
      preset: 'console',
    }),
  });
}

function services() {
  return mapFromNames(mapFromNames(v.unknown()));
}

function rancherSchema() {
  return map({
    console: key(text(), 'name of the console', NONE),
    environment: key(textMap(), 'variables for services, beside `VERSION` and `KERNEL_VERSION`'),
    services: key(services(), 'services of the system, see below'),
    services_include: key(
      mapFromNames(flag()),
      'services from repositories: name, URL or path, and whether it is wanted; `false` also switches off others',
    ),
    bootstrap: key(services(), '/init does the work of this container', NEVER),
    cloud_init_services: key(services(), 'ros-sysinit does the work of this container', NEVER),
    debug: key(flag(), 'more messages, see kernel words', { preset: 'false' }),
    log: key(flag(), 'what services write at boot goes to the console'),
    recovery: key(flag(), 'boots into the recovery console', { preset: 'false' }),
    disable: key(
      v.array(v.picklist(['password', 'autologin'], 'password or autologin'), 'a list'),
      'kernel words to ignore: `password`, `autologin`',
      CONSOLE,
    ),
    modules: key(list(), 'kernel modules to load, with parameters: `nbd nbds_max=16`'),
    sysctl: key(textMap(), 'sysctls: `vm.swappiness: 10`'),
    shutdown_timeout: key(seconds(), 'seconds in which all containers must stop, at least 5', {
      effect: 'shutdown',
    }),
    network: key(networkSchema(), 'the network', { effect: 'network' }),
    ssh: key(sshSchema(), 'the ssh server of the console', CONSOLE),
    system_docker: key(dockerSchema(), 'System Docker, process 1'),
    docker: key(dockerSchema(), 'User Docker', NONE),
    bootstrap_docker: key(dockerSchema(), 'no engine runs before System Docker', NEVER),
    defaults: key(defaultsSchema(), 'used where the machine is told nothing else'),
    cloud_init: key(
      map({
        datasources: key(list(), 'where user data may come from, see above; the first wins'),
      }),
      'where the machine is told what to be',
    ),
    state: key(stateSchema(), 'the partition that keeps what is written'),
    resize_device: key(text(), 'disk whose mounted ext4 filesystem grows to the end of its device', CONSOLE),
    repositories: key(
      mapFromNames(map({ url: key(text(), 'where it lies: `https:`, `http:` or `file:`') })),
      'repositories of services',
    ),
    registry_auths: key(
      mapFromNames(registryAuthSchema()),
      'accounts at registries, for images of services',
      {
        isPrivate: true,
      },
    ),
    upgrade: key(
      map({
        url: key(text(), 'list of versions, a URL or a file', NONE),
        image: key(text(), 'image of the OS', NONE),
        policy: key(text(), 'what to do with new versions', NONE),
        rollback: key(text(), 'what to do with a version that fails', NONE),
      }),
      'new versions of the OS',
      NONE,
    ),
    restart_services: key(list(), 'services to restart once all are up'),
    hypervisor_service: key(flag(), 'whether the tools of the hypervisor become a service', NONE),
    http_load_retries: key(integer('a number of attempts', 0), 'attempts to fetch a definition or an image', {
      preset: '6',
    }),
    preload_wait: key(flag(), 'whether to wait until images are loaded', NONE),
    autoformat: key(mapFromNames(v.unknown()), 'in the schema of RancherOS, but of no use there', NEVER),
    rm_usr: key(flag(), "for RancherOS's developers", NEVER),
    no_sharedroot: key(flag(), "for RancherOS's developers", NEVER),
    force_console_rebuild: key(flag(), 'makes the container of the console anew once', NONE),
  });
}

function defaultsSchema() {
  return map({
    hostname: key(text(), 'host name where nothing else gives one'),
    network: key(networkSchema(), 'keys of `rancher.network`, each used where that has none', {
      effect: 'network',
    }),
    docker: key(dockerSchema(), 'keys of `rancher.docker`', NONE),
    system_docker_logs: key(text(), 'file of what System Docker logs', {
      preset: '/var/log/system-docker.log',
    }),
  });
}

function sshSchema() {
  return map({
    daemon: key(flag(), 'whether there is an ssh server', CONSOLE),
    port: key(integer('a port from 1 to 65535', 1, 65535), 'its port', { ...CONSOLE, preset: '22' }),
    listen_address: key(text(), 'its address; all of the machine without it', CONSOLE),
    keys: key(textMap(), 'host keys: `rsa`, `ecdsa` and `ed25519`, as ssh-keygen(1) writes them', {
      ...CONSOLE,
      isPrivate: true,
    }),
  });
}

function stateSchema() {
  return map({
    dev: key(text(), 'the partition: `LABEL=`, `UUID=`, `PARTLABEL=` or a path'),
    fstype: key(text(), 'type of its filesystem', { preset: 'auto' }),
    directory: key(text(), 'folder on it, if not its root'),
    wait: key(flag(), 'whether to wait for it 30 seconds instead of 5'),
    required: key(flag(), 'whether the machine is of no use without: the recovery console opens then'),
    mdadm_scan: key(flag(), 'whether to assemble RAID arrays (levels 0, 1 and 10) first'),
    cryptsetup: key(flag(), 'whether to open encrypted partitions (LUKS), asking on the console'),
    lvm_scan: key(flag(), 'whether to activate LVM volumes (linear and striped ones)'),
    rngd: key(flag(), 'the kernel needs nobody to feed its random numbers', NEVER),
    autoformat: key(list(), 'disks of which the first blank one is formatted, if the partition is not there'),
    script: key(text(), 'script to run before it is mounted'),
    oem_dev: key(text(), 'partition of the OEM configuration', { preset: 'LABEL=RANCHER_OEM' }),
    oem_fstype: key(text(), 'type of its filesystem', { preset: 'auto' }),
    boot_dev: key(text(), 'partition of kernel and initrd', { preset: 'LABEL=RANCHER_BOOT' }),
    boot_fstype: key(text(), 'type of its filesystem', { preset: 'auto' }),
  });
}

function registryAuthSchema() {
  return map({
    username: key(text(), 'name'),
    password: key(text(), 'password'),
    auth: key(text(), 'both, `name:password` in base64'),
    email: key(text(), 'address'),
    serveraddress: key(text(), 'the registry'),
    identitytoken: key(text(), 'token instead of name and password'),
    registrytoken: key(text(), 'token for the registry itself'),
  });
}
