/** What `ros apply` does, before any of it is done. */
import { changedKeys, LIVE_KEYS_OF_CONSOLE, type LongRunning } from '../config/in-use.ts';
import type { Config } from '../config/schema.ts';
import { COMPOSE_LABEL } from '../services/labels.ts';
import { planServices, type ServiceFacts } from './services.ts';
import type { ApplyStep } from './step.ts';

/** What System Docker is started with. */
export interface EngineStart {
  readonly args: readonly string[];
  readonly environment: readonly string[];
}

/** The running system, as far as the configuration decides about it. */
export interface RunningSystem extends ServiceFacts {
  readonly hostname: string;
  /** What the kernel has under a name of sysctl(8); undefined for one that it does not know. */
  sysctl(name: string): string | undefined;
  hasModule(name: string): boolean;
  /** The lines of authorized_keys. */
  readonly authorizedKeys: readonly string[];
  /** What the programs that run for long have read. */
  readonly inUse: Readonly<Partial<Record<LongRunning, Readonly<Record<string, string>>>>>;
  readonly engine: EngineStart;
  /** What there is to do to the network, in words. */
  readonly networkSteps: readonly string[];
}

/** What the configuration asks for, as the boot reads it. */
export interface DesiredSystem {
  readonly config: Config;
  /** If not, it cannot be told which services are not wanted any more. */
  readonly hasAllServices: boolean;
  readonly hostname: string;
  readonly sysctl: ReadonlyMap<string, string>;
  readonly modules: readonly string[];
  readonly engine: EngineStart;
}

/** The service whose end ends the sessions of people, that of `ros apply` among them. */
const CONSOLE = 'console';

/** Plans the way from the running system to the configuration: the kernel and the engine first,
 * then services, then what restarts. */
export function planApply(
  desired: DesiredSystem,
  running: RunningSystem,
): { steps: ApplyStep[]; problems: readonly string[] } {
  const services = planServices(desired, running);
  const replaced = services.steps.flatMap((step) =>
    step.kind === 'bring up service' ? [step.step.name] : [],
  );
  const steps = [
    ...kernelSteps(desired, running),
    ...keySteps(desired.config, running),
    ...engineSteps(desired.engine, running.engine),
    ...services.steps,
    ...restartSteps(desired.config, running, replaced),
  ];
  return { steps: steps.map(afterReboot), problems: services.problems };
}

function kernelSteps(desired: DesiredSystem, running: RunningSystem): ApplyStep[] {
  const steps: ApplyStep[] = [];
  // A name that DHCP gave stays as long as the configuration gives none.
  if (desired.config.hostname != null && desired.hostname !== running.hostname) {
    steps.push({ kind: 'set host name', hostname: desired.hostname, before: running.hostname });
  }
  for (const entry of desired.modules) {
    const [name = ''] = entry.trim().split(/\s+/);
    if (!running.hasModule(name)) steps.push({ kind: 'load module', entry });
  }
  for (const [name, value] of desired.sysctl) {
    const before = running.sysctl(name);
    if (before !== undefined && words(before) !== words(value)) {
      steps.push({ kind: 'set sysctl', name, value, before: words(before) });
    }
  }
  return steps;
}

/** The kernel puts tabs between numbers where people write blanks. */
function words(text: string): string {
  return text.trim().split(/\s+/).join(' ');
}

/** Keys that are not configured any more stay: people add their own to the same file. */
function keySteps(
  { ssh_authorized_keys: keys = [] }: Config,
  { authorizedKeys }: RunningSystem,
): ApplyStep[] {
  const missing = (keys ?? []).map((key) => key.trim()).filter((key) => key && !authorizedKeys.includes(key));
  return missing.length === 0 ? [] : [{ kind: 'authorize keys', keys: missing }];
}

function restartSteps(config: Config, running: RunningSystem, replaced: readonly string[]): ApplyStep[] {
  const { inUse, networkSteps } = running;
  return (Object.keys(inUse) as LongRunning[]).flatMap((name): ApplyStep[] => {
    const changed = changedKeys(name, inUse[name] ?? {}, config);
    if (replaced.includes(name)) return [];
    if (name === 'network' && changed.length + networkSteps.length > 0) {
      return [{ kind: 'apply network', changed: or(changed, 'rancher.network'), steps: networkSteps }];
    }
    return name === CONSOLE ? consoleSteps(changed, config, running) : [];
  });
}

const PEOPLE: readonly string[] = ['groups', 'users'];
const PASSWORDS: readonly string[] = ['chpasswd', 'password'];
/** What the console does when it has let people in. */
const AT_THE_END: readonly string[] = ['final_message', 'power_state', 'runcmd'];

function consoleSteps(changed: readonly string[], config: Config, running: RunningSystem): ApplyStep[] {
  const people = changed.filter((key) => PEOPLE.includes(key));
  const passwords = changed.filter((key) => PASSWORDS.includes(key));
  const live = changed.filter((key) => (LIVE_KEYS_OF_CONSOLE as readonly string[]).includes(key));
  const id = running.inventory.containers.find(
    (each) => each.Labels?.[COMPOSE_LABEL.SERVICE] === CONSOLE,
  )?.Id;
  const steps = changed.flatMap((key): ApplyStep[] => {
    if (key === 'write_files') return [{ kind: 'write files', count: config.write_files?.length ?? 0 }];
    if (key === 'mounts') return [{ kind: 'mount', count: config.mounts?.length ?? 0 }];
    if (key === 'timezone') return [{ kind: 'set time zone', zone: config.timezone ?? 'UTC' }];
    if (key === 'swap' && config.swap?.size) return [{ kind: 'add swap', size: config.swap.size }];
    if (key === 'ssh_keys' || key === 'ssh_deletekeys')
      return [{ kind: 'reboot', subject: key, reason: 'the ssh server reads its keys when it starts' }];
    if (AT_THE_END.includes(key))
      return [{ kind: 'reboot', subject: key, reason: 'it runs when the console starts' }];
    return [];
  });
  return [
    ...(live.length === 0 || id === undefined
      ? []
      : [{ kind: 'reload console' as const, id, changed: live }]),
    // Before files, which may be theirs.
    ...(people.length === 0 ? [] : [{ kind: 'make users' as const, changed: people }]),
    ...(passwords.length === 0 ? [] : [{ kind: 'set passwords' as const, changed: passwords }]),
    ...steps,
  ];
}

/** A network may also be another than it should be although nothing has changed in the configuration. */
function or(keys: readonly string[], otherwise: string): readonly string[] {
  return keys.length > 0 ? keys : [otherwise];
}

/** Containers that run have addresses of its bridge, and users that it mapped: neither can become another. */
const FLAGS_OF_BOOT: readonly string[] = ['--bridge', '--bip', '--userns-remap'];

function engineSteps(wanted: EngineStart, running: EngineStart): ApplyStep[] {
  const subject = 'rancher.system_docker';
  if (ofBoot(wanted.args) !== ofBoot(running.args)) {
    return [{ kind: 'reboot', subject, reason: 'containers that run depend on its bridge and users' }];
  }
  const isSame = isEqual(wanted.args, running.args) && isEqual(variables(wanted), variables(running));
  return isSame ? [] : [{ kind: 're-execute System Docker', ...wanted }];
}

function ofBoot(args: readonly string[]): string {
  return args.filter((_, index) => FLAGS_OF_BOOT.includes(args[index - 1] ?? '')).join(' ');
}

function variables({ environment }: EngineStart): string[] {
  return environment.toSorted();
}

function isEqual(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

/** The console is new at each boot, and ending it now would end the session of whoever asks. */
function afterReboot(step: ApplyStep): ApplyStep {
  const isConsole =
    step.kind === 'bring up service' && step.step.name === CONSOLE && step.step.action.kind === 'replace';
  if (!isConsole) return step;
  const reason = 'the console is new at each boot, and its end would end your session';
  return { kind: 'reboot', subject: `rancher.services.${CONSOLE}`, reason };
}
