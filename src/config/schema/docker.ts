/** The keys of the engines: `rancher.system_docker`, `rancher.docker` and `rancher.bootstrap_docker`. */
import { flag, key, list, map, once, text, textMap } from './values.ts';

/** As for System Docker. The other engines have no effect yet, as the keys above them say. */
const BOOT = { effect: 'boot' } as const;
const NONE = { effect: 'none' } as const;
const NEVER = { effect: 'never' } as const;
const SECRET = { effect: 'none', isPrivate: true } as const;

const ROOT = '/var/lib/system-docker';

/** What System Docker cannot do otherwise, and does. */
const always = (...values: (string | boolean)[]) => ({ effect: 'never', always: values }) as const;

export const dockerSchema = once(() =>
  map({
    engine: key(text(), 'version of the engine', NONE),
    bridge: key(text(), 'bridge of its containers; `none`: no network unless they ask for one', {
      ...BOOT,
      preset: 'docker-sys',
    }),
    bip: key(text(), 'address and prefix of that bridge', { ...BOOT, preset: '172.18.42.1/16' }),
    config_file: key(text(), 'the keys beside it are all that it could say', NEVER),
    containerd: key(text(), 'there is none', NEVER),
    debug: key(flag(), 'whether to log more', NONE),
    exec_root: key(
      text(),
      'what runs is in /run/system-docker',
      always('/run/system-docker', '/var/run/system-docker'),
    ),
    group: key(text(), 'the socket belongs to root', always('root', '0')),
    graph: key(text(), 'images and containers are in /var/lib/system-docker', always(ROOT)),
    data_root: key(text(), 'images and containers are in /var/lib/system-docker', always(ROOT)),
    host: key(list(), 'addresses to listen on, such as `tcp://127.0.0.1:2375`', BOOT),
    insecure_registry: key(
      list(),
      'registries, `host:port`, and networks, `10.0.0.0/8`, that need no certificate and may speak plain HTTP',
      BOOT,
    ),
    live_restore: key(flag(), 'containers outlive a new engine, and end with process 1', NEVER),
    log_driver: key(text(), 'it is json-file; containers may name another', always('json-file')),
    log_opts: key(textMap(), 'options of that driver', BOOT),
    pid_file: key(text(), 'it is process 1', always('/var/run/system-docker.pid')),
    registry_mirror: key(text(), 'URL of a mirror of Docker Hub, which is asked first', BOOT),
    restart: key(
      flag(),
      'services are started by ros-sysinit, other containers by their restart policies',
      always(false),
    ),
    selinux_enabled: key(flag(), 'the kernel has no SELinux', always(false)),
    storage_driver: key(text(), 'layers are joined by overlay', always('overlay', 'overlay2')),
    userland_proxy: key(flag(), 'the kernel forwards published ports', always(false)),
    userns_enabled: key(
      flag(),
      'whether root in containers is another user; services of the machine need `userns_mode: host` then',
      BOOT,
    ),
    tls: key(flag(), 'whether to listen with TLS', NONE),
    tls_args: key(list(), 'arguments if so', NONE),
    args: key(list(), 'all arguments', NONE),
    extra_args: key(list(), 'further arguments, as for `dockerd`: `--dns`, `--mtu`, …', BOOT),
    ca_cert: key(text(), 'certificate of the authority, PEM', NONE),
    ca_key: key(text(), 'its private key, PEM', SECRET),
    server_cert: key(text(), 'certificate of the server, PEM', NONE),
    server_key: key(text(), 'its private key, PEM', SECRET),
    environment: key(list(), 'variables, `NAME=value`', BOOT),
    storage_context: key(text(), 'System Docker runs in the root filesystem', NEVER),
    exec: key(flag(), 'System Docker is process 1', always(true)),
  }),
);
