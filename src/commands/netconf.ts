import { encodeUtf8 } from '../linux/bytes.ts';
import { errorMessage } from '../linux/error-report.ts';
import { writeAll } from '../linux/file-descriptor.ts';
import { log } from '../linux/log.ts';
import { startWorker } from '../linux/worker.ts';
import { parseDhcpReport } from '../network/dhcp-report.ts';
import type { NetworkSettings } from '../network/settings.ts';

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

/** In a worker: what reads the configuration would stay in the memory of the service. */
async function readSettings(): Promise<NetworkSettings> {
  const worker = startWorker({ name: 'netconf-read' }, async () => {
    const { recordInUse } = await import('../config/in-use.ts');
    const { readNetworkSettings } = await import('../network/settings.ts');
    const config = await readConfig();
    recordInUse('network', config);
    const { settings, problems } = readNetworkSettings(config);
    for (const problem of problems) log.warn(problem);
    return { ...settings, files: [...settings.files] };
  });
  const { files, ...settings } = await worker.result;
  return { ...settings, files: new Map(files) };
}

async function plan(): Promise<number> {
  const { networkSteps } = await import('../network/apply.ts');
  const { describeStep } = await import('../network/step.ts');
  for (const step of networkSteps(await readConfig())) print(describeStep(step));
  return 0;
}

async function readConfig() {
  const { readMachineConfig } = await import('../config/cache.ts');
  return (await readMachineConfig()).config;
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
