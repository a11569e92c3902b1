/** The network of this machine from outside of its service: what would be done, and doing it. */
import type { Config } from '../config/schema.ts';
import type { Applied } from './netconf.ts';
import { observeNetwork } from './observe.ts';
import { readOwned } from './owned-file.ts';
import { planNetwork } from './plan.ts';
import { requestApply } from './request-socket.ts';
import { readNetworkSettings } from './settings.ts';
import type { Step } from './step.ts';

/** The steps between the network as it is and as a configuration wants it. */
export function networkSteps(config: Config): Step[] {
  const plan = planNetwork(readNetworkSettings(config).settings, observeNetwork(), readOwned());
  return [...plan.steps, ...plan.lastSteps];
}

/**
 * Lets the network service apply the configuration of the machine.
 * @throws SyscallError ENOENT or ECONNREFUSED if it does not run
 */
export async function applyNetwork(): Promise<Applied> {
  return JSON.parse(await requestApply()) as Applied;
}
