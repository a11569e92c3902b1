import { recordInUse } from '../config/in-use.ts';
import { loadMachineConfig } from '../config/machine.ts';
import { log } from '../linux/log.ts';
import { parseDhcpReport } from '../network/dhcp-report.ts';
import { NetworkService } from '../network/netconf.ts';
import { sendReport } from '../network/report-socket.ts';
import { readNetworkSettings } from '../network/settings.ts';

/** `netconf`: the network service. Run by dhcpcd, it passes on what dhcpcd found. */
export async function netconfCommand(): Promise<number> {
  if (parseDhcpReport(host.environment) !== undefined) {
    await sendReport(host.environment);
    return 0;
  }
  const { config } = await loadMachineConfig();
  recordInUse('network', config);
  const { settings, problems } = readNetworkSettings(config);
  for (const problem of problems) log.warn(problem);
  return new NetworkService(settings).run();
}
