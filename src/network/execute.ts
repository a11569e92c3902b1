/** Carries out the steps of a plan. */
import { exitCode } from '../linux/child.ts';
import { errorMessage } from '../linux/error-report.ts';
import { withTimeout } from '../linux/event-loop.ts';
import { writeFile } from '../linux/file.ts';
import { parseAddress, parsePrefixedAddress } from '../linux/ip-address.ts';
import { KernelModules } from '../linux/module.ts';
import { addAddress, removeAddress } from '../linux/netlink-address.ts';
import { createBridge } from '../linux/netlink-bridge.ts';
import { changeLink, createLink, deleteLink, findLink, type Link, setLinkUp } from '../linux/netlink-link.ts';
import { encodeAttribute } from '../linux/netlink-message.ts';
import { addRoute, type NewRoute, removeRoute } from '../linux/netlink-route.ts';
import { spawn } from '../linux/process.ts';
import { kill, signalNumber } from '../linux/signal.ts';
import { describeStep, type PlannedRoute, type Step } from './step.ts';

/** The attribute of a VLAN that has its number (include/uapi/linux/if_link.h). */
const IFLA_VLAN_ID = 1;
/** For one command of the configuration, in milliseconds: the network may not wait for ever. */
const COMMAND_TIME = 60_000;

/** Carries out all steps. One that fails does not keep the others from being done. Returns what went wrong, line by line. */
export async function executeSteps(steps: readonly Step[]): Promise<string[]> {
  const problems: string[] = [];
  for (const step of steps) {
    try {
      await execute(step);
    } catch (error) {
      problems.push(`${describeStep(step)}: ${errorMessage(error)}`);
    }
  }
  return problems;
}

function execute(step: Step): void | Promise<void> {
  switch (step.do) {
    case 'create-bond':
      return createBond(step.link, step.options);
    case 'create-bridge':
      loadModule('bridge');
      createBridge({ name: step.link });
      return;
    case 'create-vlan':
      return createVlan(step.link, step.parent, step.id);
    case 'delete-link': {
      const link = findLink(step.link);
      return link && deleteLink(link);
    }
    case 'set-master':
      return changeLink(linkNamed(step.link), {
        master: step.master === null ? null : linkNamed(step.master),
      });
    case 'set-mtu':
      return changeLink(linkNamed(step.link), { mtu: step.mtu });
    case 'set-up':
    case 'set-down':
      return setLinkUp(linkNamed(step.link), step.do === 'set-up');
    case 'add-address':
      return addAddress(linkNamed(step.link), usable(parsePrefixedAddress(step.address)));
    case 'remove-address':
      return removeAddress(linkNamed(step.link), usable(parsePrefixedAddress(step.address)));
    case 'add-route':
      return addRoute(routeOf(step));
    case 'remove-route':
      return removeRoute(routeOf(step));
    case 'run':
      return runCommands(step.commands, step.link);
  }
}

function linkNamed(name: string): Link {
  const link = findLink(name);
  if (link === undefined) throw new Error(`there is no interface ${name}`);
  return link;
}

function usable<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('not an address');
  return value;
}

function routeOf({ link, to, via, metric, isOnLink }: PlannedRoute): NewRoute {
  return {
    destination: usable(parsePrefixedAddress(to)),
    ...(via ? { gateway: usable(parseAddress(via)) } : {}),
    link: linkNamed(link),
    priority: metric,
    ...(isOnLink ? { isOnLink } : {}),
  };
}

/** Options as files of sysfs have them; some can be changed only after the mode, and all only while it has no ports. */
function createBond(name: string, options: Readonly<Record<string, string>>): void {
  // Without the parameter the module makes bond0 by itself.
  loadModule('bonding', 'max_bonds=0');
  createLink('bond', { name });
  const { mode, ...others } = options;
  for (const [option, value] of Object.entries({ ...(mode ? { mode } : {}), ...others })) {
    writeFile(`/sys/class/net/${name}/bonding/${option}`, value);
  }
}

function createVlan(name: string, parent: string, id: number): void {
  loadModule('8021q');
  const data = [encodeAttribute(IFLA_VLAN_ID, new Uint8Array(new Uint16Array([id]).buffer))];
  createLink('vlan', { name, parent: linkNamed(parent) }, data);
}

/** If it cannot be loaded, it may be a part of the kernel; if not, the next request tells. */
function loadModule(name: string, parameters = ''): void {
  try {
    new KernelModules().load(name, parameters);
  } catch {
    // See above.
  }
}

/** Runs lines of shell one after the other, with `iface` as the name of the interface. All are tried. */
async function runCommands(commands: readonly string[], link: string | undefined): Promise<void> {
  const environment = [...host.environment, ...(link === undefined ? [] : [`iface=${link}`])];
  const failures: string[] = [];
  for (const command of commands) {
    try {
      await runCommand(command, environment);
    } catch (error) {
      failures.push(`"${command}" ${errorMessage(error)}`);
    }
  }
  if (failures.length > 0) throw new Error(failures.join('; '));
}

async function runCommand(command: string, environment: readonly string[]): Promise<void> {
  const child = spawn({
    command: ['/bin/sh', '-c', command],
    environment,
    stdout: 1,
    stderr: 2,
    newSession: true,
  });
  const late = new Error(`took more than ${COMMAND_TIME / 1000} s and was ended`);
  try {
    const code = exitCode(await withTimeout(child.exited, COMMAND_TIME, late));
    if (code !== 0) throw new Error(`ended with ${code}`);
  } catch (error) {
    if (error === late) kill(-child.pid, signalNumber('SIGKILL'));
    throw error;
  }
}
