/** The network service: gives the machine's interfaces their addresses and keeps DNS in step with DHCP. */
import type { ExitStatus } from '../linux/child.ts';
import { errorMessage } from '../linux/error-report.ts';
import { setTimer, withTimeout } from '../linux/event-loop.ts';
import { readTextIfExists, writeFile } from '../linux/file.ts';
import { formatAddress } from '../linux/ip-address.ts';
import { logToKernel } from '../linux/kernel-log.ts';
import { log } from '../linux/log.ts';
import { NETLINK, subscribe } from '../linux/netlink.ts';
import { addAddress, listAddresses, removeAddress } from '../linux/netlink-address.ts';
import { type Link, listLinks, setLinkUp } from '../linux/netlink-link.ts';
import { addDefaultRoute } from '../linux/netlink-route.ts';
import type { Child } from '../linux/process.ts';
import { kill, onSignal, signalNumber } from '../linux/signal.ts';
import { listenUnix } from '../linux/socket.ts';
import { setHostName, systemName } from '../linux/system-name.ts';
import { startDhcpClient } from './dhcp-client.ts';
import { type DhcpReport, Leases, parseDhcpReport, REPORT_SOCKET } from './dhcp-report.ts';
import { withHostname } from './hosts-file.ts';
import { receiveReport } from './report-socket.ts';
import { resolvConf } from './resolv-conf.ts';
import { type NetworkSettings, settingsFor } from './settings.ts';

const RTMGRP_LINK = 1;
const HOSTS = '/etc/hosts';
const RESOLV_CONF = '/etc/resolv.conf';
const HOSTNAME_FORM = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$/;
/** For giving back the leases, in milliseconds. */
const RELEASE_TIME = 5000;

export class NetworkService {
  readonly #settings: NetworkSettings;
  readonly #leases = new Leases();
  /** Names of the interfaces that were set up. */
  readonly #known = new Set<string>();
  #dhcp: Child | undefined;
  #isUp = false;

  constructor(settings: NetworkSettings) {
    this.#settings = settings;
  }

  /** Runs until SIGTERM. Returns the exit code. */
  async run(): Promise<number> {
    const terminated = new Promise<'SIGTERM'>((resolve) => {
      onSignal('SIGTERM', () => resolve('SIGTERM'));
    });
    updateFile(HOSTS, (text) => withHostname(text, systemName().node));
    this.#updateDns();
    this.#setUpLinks();
    const onLinkChange = () => this.#setUpLinks();
    subscribe(NETLINK.ROUTE, RTMGRP_LINK, onLinkChange, onLinkChange);
    this.#dhcp = this.#startDhcp();
    const end = await Promise.race([terminated, ...(this.#dhcp ? [this.#dhcp.exited] : [])]);
    if (end !== 'SIGTERM') {
      log.error(`dhcpcd ended: ${describeExit(end)}`);
      return 1;
    }
    await this.#release();
    return 0;
  }

  /** Sets up the interfaces that are new. */
  #setUpLinks(): void {
    for (const link of listLinks()) {
      if (this.#known.has(link.name)) continue;
      this.#known.add(link.name);
      try {
        this.#setUpLink(link);
      } catch (error) {
        log.error(errorMessage(error));
      }
    }
  }

  #setUpLink(link: Link): void {
    const settings = settingsFor(link, this.#settings.interfaces);
    if (settings !== undefined || link.isLoopback) setLinkUp(link, true);
    if (settings?.address !== undefined) {
      const { address, gateway } = settings;
      for (const other of listAddresses()) {
        const isOurs = formatAddress(other.bytes) === formatAddress(address.bytes);
        if (other.link === link.index && other.isGlobal && !isOurs) removeAddress(link, other);
      }
      addAddress(link, address);
      if (gateway !== undefined) addDefaultRoute(link, gateway);
      this.#announce(`${link.name}: ${formatAddress(address.bytes)}/${address.prefixLength}`);
    }
  }

  #startDhcp(): Child | undefined {
    const { interfaces, dhcpTimeout } = this.#settings;
    const links = listLinks();
    const usesDhcp = (link: Link) => settingsFor(link, interfaces)?.dhcp === true;
    const patterns = interfaces.filter(({ dhcp, match }) => dhcp && !/^mac[=:]/.test(match));
    const present = links.filter(usesDhcp).map(({ name }) => name);
    const names = [...new Set([...patterns.map(({ match }) => match), ...present])];
    if (names.length === 0) return undefined;
    listenUnix(REPORT_SOCKET, { mode: 0o600 }, (stream) => {
      receiveReport(stream).then(
        (environment) => this.#onReport(parseDhcpReport(environment)),
        (error: unknown) => log.warn(`report of dhcpcd: ${errorMessage(error)}`),
      );
    });
    setTimer(dhcpTimeout * 1000, () => {
      const without = present.filter((name) => !this.#leases.has(name));
      if (without.length > 0)
        log.warn(`${without.join(', ')}: no address after ${dhcpTimeout} s; still asking`);
    });
    const exceptions = links.filter((link) => !usesDhcp(link)).map(({ name }) => name);
    return startDhcpClient(names, exceptions);
  }

  #onReport(report: DhcpReport | undefined): void {
    if (report === undefined) return;
    this.#leases.add(report);
    this.#updateDns();
    if (report.state !== 'up' || report.address === undefined) return;
    if (!this.#settings.hasHostname && report.hostname !== undefined) renameMachine(report.hostname);
    this.#announce(`${report.interface}: ${report.address} by DHCP`);
  }

  #announce(address: string): void {
    log.info(address);
    if (!this.#isUp) logToKernel(`paddock: network up, ${address}`);
    this.#isUp = true;
  }

  #updateDns(): void {
    const { dns, defaultDns } = this.#settings;
    updateFile(RESOLV_CONF, () => resolvConf([dns, this.#leases.dns(), defaultDns]));
  }

  /** SIGALRM tells dhcpcd to give back its leases and end. */
  async #release(): Promise<void> {
    if (this.#dhcp === undefined) return;
    kill(this.#dhcp.pid, signalNumber('SIGALRM'));
    const late = new Error('dhcpcd does not end');
    await withTimeout(this.#dhcp.exited, RELEASE_TIME, late).catch((error: unknown) => {
      log.warn(errorMessage(error));
    });
  }
}

function renameMachine(hostname: string): void {
  if (!HOSTNAME_FORM.test(hostname) || hostname === systemName().node) return;
  setHostName(hostname);
  updateFile(HOSTS, (text) => withHostname(text, hostname));
  log.info(`host name: ${hostname}`);
}

/** Writes in place, and only a change: the file is mounted into containers, so it must stay the same file. */
function updateFile(path: string, change: (text: string) => string): void {
  const before = readTextIfExists(path) ?? '';
  const after = change(before);
  if (after !== before) writeFile(path, after);
}

function describeExit(status: ExitStatus): string {
  return 'code' in status ? `exit code ${status.code}` : `signal ${status.signal}`;
}
