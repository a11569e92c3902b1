import { proxyVariables } from '../config/environment.ts';
import type { Config } from '../config/schema.ts';
import { readStateSettings, type StateSettings } from '../disk/state-settings.ts';
import { parseLogOptions } from '../engine/logs/log-driver.ts';
import { errorMessage } from '../linux/error-report.ts';
import { parsePrefixedAddress } from '../linux/ip-address.ts';

/** What the boot takes from the configuration. */
export interface BootSettings {
  /** To print what the boot does, and to leave the kernel's messages on the console. */
  readonly debug: boolean;
  readonly recovery: boolean;
  /** Where what is written is kept. */
  readonly state: StateSettings;
  readonly hostname: string;
  /** The host name with its domain. */
  readonly fqdn: string | undefined;
  /** Entries such as `nbd nbds_max=16`. */
  readonly modules: readonly string[];
  /** Names such as `net.ipv4.ip_forward` and what to write there. */
  readonly sysctl: ReadonlyMap<string, string>;
  /** Where System Docker listens, as `unix://PATH` or `tcp://ADDRESS:PORT`. */
  readonly systemDockerHosts: readonly string[];
  /** `host`, `host:port` or networks, to be reached without certificates. */
  readonly insecureRegistries: readonly string[];
  /** The URL of a mirror of Docker Hub. */
  readonly registryMirror: string | undefined;
  /** The bridge of System Docker's containers, or `none`; its own if absent. */
  readonly systemDockerBridge: string | undefined;
  /** The address of that bridge with its prefix. */
  readonly systemDockerBip: string | undefined;
  /** Whether users of System Docker's containers are remapped. */
  readonly systemDockerRemapsUsers: boolean;
  /** Further words for System Docker, which it checks itself. */
  readonly systemDockerExtraArguments: readonly string[];
  /** Variables for System Docker, those by which it finds proxies among them. */
  readonly systemDockerVariables: ReadonlyMap<string, string>;
  /** The file of what it logs. */
  readonly systemDockerLog: string;
  /** For the logs of containers that do not say: `max-size` and so on. */
  readonly systemDockerLogOptions: ReadonlyMap<string, string>;
}

/** Where programs of the OS reach System Docker. */
export const SYSTEM_DOCKER_SOCKET = 'unix:///var/run/system-docker.sock';
const HOSTNAME = 'rancher';
/** Where System Docker logs if nobody says otherwise. */
export const SYSTEM_DOCKER_LOG = '/var/log/system-docker.log';
const VARIABLE_FORM = /^[A-Za-z_]\w*=/;

/** Containers reach the network through this machine. */
const SYSCTL = { 'net.ipv4.ip_forward': '1' } as const;

/** RFC 1123, with dots between the parts; the kernel takes 64 bytes. */
const HOSTNAME_FORM =
  /^(?=.{1,64}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$/;
const SYSCTL_FORM = /^[\w-]+([./][\w*:-]+)+$/;
const REGISTRY_FORM = /^(?:[A-Za-z0-9.-]+(?::\d{1,5})?|[0-9a-fA-F.:]+\/\d{1,3})$/;
const URL_FORM = /^https?:\/\/[^\s/@]+\/?$/;
/** What the kernel takes for the name of an interface. */
const INTERFACE_FORM = /^(?!\.{1,2}$)[^\s/:]{1,15}$/;
const LISTEN_FORM = /^(?:unix:\/\/\/.+|tcp:\/\/(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5}))$/;

/**
 * Reads the settings of the boot from the merged configuration. A value that cannot be used is left out, and
 * `problems` gets a line that names its key and what was expected.
 */
export function readBootSettings(config: Config): { settings: BootSettings; problems: string[] } {
  const { hostname, fqdn, rancher } = config;
  const state = readStateSettings(config);
  const problems: string[] = [...state.problems];
  const isUsable = (key: string, value: string, form: (value: string) => boolean, expected: string) => {
    if (form(value)) return true;
    problems.push(`${key}: expected ${expected}, got "${value}"; ignored`);
    return false;
  };
  const isHostname = (key: string, value: string | null | undefined): value is string =>
    value != null && isUsable(key, value, (text) => HOSTNAME_FORM.test(text), 'a host name');

  const names = { hostname, 'rancher.defaults.hostname': rancher?.defaults?.hostname };
  const hosts = (rancher?.system_docker?.host ?? []).filter((host) =>
    isUsable('rancher.system_docker.host', host, isListenAddress, 'unix:///PATH or tcp://ADDRESS:PORT'),
  );
  const insecure = (rancher?.system_docker?.insecure_registry ?? []).filter((registry) =>
    isUsable(
      'rancher.system_docker.insecure_registry',
      registry,
      (text) => REGISTRY_FORM.test(text),
      'a registry such as example.org:5000 or a network such as 10.0.0.0/8',
    ),
  );
  const mirror = rancher?.system_docker?.registry_mirror;
  const isMirror = (text: string) => URL_FORM.test(text);
  const { bridge, bip } = rancher?.system_docker ?? {};
  const isBridge = (text: string) => INTERFACE_FORM.test(text);
  const variables = (rancher?.system_docker?.environment ?? []).filter((entry) =>
    isUsable('rancher.system_docker.environment', entry, (text) => VARIABLE_FORM.test(text), 'NAME=VALUE'),
  );
  const proxies = Object.entries(proxyVariables(rancher?.network ?? {})).filter(([name]) =>
    /^[A-Z_]+$/.test(name),
  );
  const log = rancher?.defaults?.system_docker_logs;
  const sysctl = Object.entries(rancher?.sysctl ?? {}).filter(([name]) =>
    isUsable('rancher.sysctl', name, (text) => SYSCTL_FORM.test(text), 'a name such as fs.file-max'),
  );
  const logOptions = Object.entries(rancher?.system_docker?.log_opts ?? {}).filter(([name, value]) => {
    try {
      parseLogOptions('json-file', { [name]: value });
      return true;
    } catch (error) {
      problems.push(`rancher.system_docker.log_opts: ${errorMessage(error)}; ignored`);
      return false;
    }
  });
  const settings = {
    debug: rancher?.debug ?? false,
    recovery: rancher?.recovery ?? false,
    state: state.settings,
    hostname: Object.entries(names).find(([key, value]) => isHostname(key, value))?.[1] ?? HOSTNAME,
    fqdn: isHostname('fqdn', fqdn) ? fqdn : undefined,
    modules: rancher?.modules ?? [],
    sysctl: new Map([...Object.entries(SYSCTL), ...sysctl]),
    // Without its socket the OS could not talk to System Docker, whatever else is listed.
    systemDockerHosts: [...new Set([SYSTEM_DOCKER_SOCKET, ...hosts])],
    systemDockerLogOptions: new Map(logOptions),
    insecureRegistries: insecure,
    registryMirror:
      mirror && isUsable('rancher.system_docker.registry_mirror', mirror, isMirror, 'a URL without a path')
        ? mirror
        : undefined,
    systemDockerBridge:
      bridge && isUsable('rancher.system_docker.bridge', bridge, isBridge, 'an interface or none')
        ? bridge
        : undefined,
    systemDockerBip:
      bip &&
      isUsable('rancher.system_docker.bip', bip, isBridgeAddress, 'an IPv4 address such as 172.18.42.1/16')
        ? bip
        : undefined,
    systemDockerRemapsUsers: rancher?.system_docker?.userns_enabled ?? false,
    systemDockerExtraArguments: rancher?.system_docker?.extra_args ?? [],
    systemDockerVariables: new Map([
      ...variables.map((entry): [string, string] => {
        const [name = '', ...value] = entry.split('=');
        return [name, value.join('=')];
      }),
      ...proxies,
    ]),
    systemDockerLog:
      log &&
      isUsable(
        'rancher.defaults.system_docker_logs',
        log,
        (text) => text.startsWith('/var/'),
        'a path in /var',
      )
        ? log
        : SYSTEM_DOCKER_LOG,
  };
  return { settings, problems };
}

/** With room for a container beside it. */
function isBridgeAddress(text: string): boolean {
  const address = parsePrefixedAddress(text);
  return address !== undefined && address.bytes.length === 4 && address.prefixLength <= 30;
}

function isListenAddress(text: string): boolean {
  const match = LISTEN_FORM.exec(text);
  if (match === null) return false;
  const [, address = '', port = '1'] = match;
  return address.split('.').every((part) => Number(part) < 256) && Number(port) > 0 && Number(port) < 65536;
}
