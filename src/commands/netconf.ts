import { recordInUse } from '../config/in-use.ts';
import { loadMachineConfig } from '../config/machine.ts';
import { encodeUtf8 } from '../linux/bytes.ts';
import { errorMessage } from '../linux/error-report.ts';
import { writeAll } from '../linux/file-descriptor.ts';
import { log } from '../linux/log.ts';
import { parseDhcpReport } from '../network/dhcp-report.ts';
import { readNetworkSettings } from '../network/settings.ts';

/**
 * `netconf`: the network service. Run by dhcpcd, it passes on what dhcpcd found. `netconf plan` prints what there is to
 * do; `netconf apply` lets the running service do it.
 */
export async function netconfCommand([verb]: readonly string[]): Promise<number> {
  if (parseDhcpReport(host.environment) !== undefined) {
    const { sendReport } = await import('../network/request-socket.ts');
    await sendReport(host.environment);
    return 0;
  }
  switch (verb) {
    case undefined:
      return (await import('../network/netconf.ts')).NetworkService.run(readSettings);
    case 'plan':
      return await plan();
    case 'apply':
      return await apply();
    default:
      log.error(`${verb}: expected plan, apply or nothing`);
      return 1;
  }
}

async function readSettings() {
  const { config } = await loadMachineConfig();
  recordInUse('network', config);
  const { settings, problems } = readNetworkSettings(config);
  for (const problem of problems) log.warn(problem);
  return settings;
}

async function plan(): Promise<number> {
  const { networkSteps } = await import('../network/apply.ts');
  const { describeStep } = await import('../network/step.ts');
  for (const step of networkSteps((await loadMachineConfig()).config)) print(describeStep(step));
  return 0;
}

/** Returns 1 if a step failed, or if there is no service to do it. */
async function apply(): Promise<number> {
  try {
    const { steps, problems } = await (await import('../network/apply.ts')).applyNetwork();
    for (const step of steps) print(step);
    for (const problem of problems) log.error(problem);
    return problems.length > 0 ? 1 : 0;
  } catch (error) {
    log.error(`the network service does not answer: ${errorMessage(error)}`);
    return 1;
  }
}

function print(line: string): void {
  writeAll(1, encodeUtf8(`${line}\n`));
}
