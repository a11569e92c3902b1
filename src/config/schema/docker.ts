/** The keys of the engines: `rancher.system_docker`, `rancher.docker` and `rancher.bootstrap_docker`. */
import { flag, key, list, map, once, text, textMap } from './values.ts';

/** What has an effect on System Docker. The other engines have none yet, as the keys above them say. */
const BOOT = { effect: 'boot' } as const;
const NONE = { effect: 'none' } as const;
const SECRET = { effect: 'none', isPrivate: true } as const;

export const dockerSchema = once(() =>
  map({
    engine: key(text(), 'version of the engine', NONE),
    bridge: key(text(), 'bridge of its containers; `none`: no network unless they ask for one', {
      ...BOOT,
      preset: 'docker-sys',
    }),
    bip: key(text(), 'address and prefix of that bridge', { ...BOOT, preset: '172.18.42.1/16' }),
    config_file: key(text(), "the engine's own configuration file", NONE),
    containerd: key(text(), 'socket of containerd', NONE),
    debug: key(flag(), 'whether to log more', NONE),
    exec_root: key(text(), 'folder of what runs', NONE),
    group: key(text(), 'group that the socket belongs to', NONE),
    graph: key(text(), 'folder of images and containers', NONE),
    data_root: key(text(), 'the same by its new name', NONE),
    host: key(list(), 'addresses to listen on, such as `tcp://127.0.0.1:2375`', BOOT),
    insecure_registry: key(
      list(),
      'registries, `host:port`, and networks, `10.0.0.0/8`, that need no certificate and may speak plain HTTP',
      BOOT,
    ),
    live_restore: key(flag(), 'whether containers outlive the engine', NONE),
    log_driver: key(text(), 'log driver of containers that name none', NONE),
    log_opts: key(textMap(), 'options of that driver', BOOT),
    pid_file: key(text(), 'file of the process id', NONE),
    registry_mirror: key(text(), 'URL of a mirror of Docker Hub, which is asked first', BOOT),
    restart: key(flag(), 'whether containers are started again', NONE),
    selinux_enabled: key(flag(), 'whether to use SELinux', NONE),
    storage_driver: key(text(), 'storage driver', NONE),
    userland_proxy: key(flag(), 'whether a program forwards published ports', NONE),
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
    storage_context: key(text(), 'service in whose filesystem it runs', NONE),
    exec: key(flag(), 'whether it becomes process 1', NONE),
  }),
);
