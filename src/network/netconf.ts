/** The network service: makes the machine's network what the configuration says, and keeps DNS in step with DHCP. */
import { errorMessage } from '../linux/error-report.ts';
import { setTimer, sleep } from '../linux/event-loop.ts';
import {
  makeDirectories,
  readDirectory,
  readTextIfExists,
  removeIfExists,
  writeFile,
} from '../linux/file.ts';
import { logToKernel } from '../linux/kernel-log.ts';
import { log } from '../linux/log.ts';
import { NETLINK, subscribe } from '../linux/netlink.ts';
import { listLinks, setLinkUp } from '../linux/netlink-link.ts';
import { onSignal } from '../linux/signal.ts';
import { setHostName, systemName } from '../linux/system-name.ts';
import { DhcpClients } from './dhcp-client.ts';
import { type DhcpReport, Leases, parseDhcpReport } from './dhcp-report.ts';
import { executeSteps } from './execute.ts';
import { withHostname } from './hosts-file.ts';
import type { InterfaceSettings } from './interface-settings.ts';
import { observeNetwork } from './observe.ts';
import { readOwned, writeOwned } from './owned-file.ts';
import { planNetwork } from './plan.ts';
import { listenForRequests } from './request-socket.ts';
import { resolvConf } from './resolv-conf.ts';
import type { NetworkSettings } from './settings.ts';
import { describeStep } from './step.ts';
import { WIRELESS_DIRECTORY } from './wireless.ts';

const RTMGRP_LINK = 1;
const HOSTS = '/etc/hosts';
const RESOLV_CONF = '/etc/resolv.conf';
const HOSTNAME_FORM = /^[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$/;
/** There once the machine has an address, or has waited for one as long as it should. */
export const READY_FILE = '/run/netconf/ready';
/** Interfaces come in crowds; milliseconds. */
const SETTLE_TIME = 50;
/** Between two looks whether leases have come, in milliseconds. */
const LEASE_POLL = 100;

/** What came of an apply: what was done, and what went wrong; lines for people. */
export interface Applied {
  readonly steps: readonly string[];
  readonly problems: readonly string[];
}

export class NetworkService {
  readonly #readSettings: () => Promise<NetworkSettings>;
  readonly #leases = new Leases();
  readonly #dhcp = new DhcpClients();
  #settings: NetworkSettings;
  /** One apply follows the other. */
  #turn: Promise<unknown> = Promise.resolve();
  /** The interfaces that the last apply saw. */
  #seen = '';
  #isApplyDue = false;
  #isReady = false;

  /** @param readSettings reads the configuration anew and reports what is wrong with it */
  private constructor(settings: NetworkSettings, readSettings: () => Promise<NetworkSettings>) {
    this.#settings = settings;
    this.#readSettings = readSettings;
  }

  /** Runs until SIGTERM; SIGHUP makes it read the configuration again. Returns the exit code. */
  static async run(readSettings: () => Promise<NetworkSettings>): Promise<number> {
    return new NetworkService(await readSettings(), readSettings).#run();
  }

  async #run(): Promise<number> {
    const terminated = new Promise<void>((resolve) => {
      onSignal('SIGTERM', resolve);
    });
    removeIfExists(READY_FILE);
    updateFile(HOSTS, (text) => withHostname(text, systemName().node));
    listenForRequests({
      onReport: (environment) => this.#onReport(parseDhcpReport(environment)),
      onApply: () => this.#reload(),
    });
    onSignal('SIGHUP', () => void this.#reload());
    for (const link of listLinks()) if (link.isLoopback && !link.isUp) setLinkUp(link, true);
    const onLinkChange = () => this.#onLinkChange();
    subscribe(NETLINK.ROUTE, RTMGRP_LINK, onLinkChange, onLinkChange);
    setTimer(this.#settings.dhcpTimeout * 1000, () => this.#becomeReady());
    void this.#apply();
    await terminated;
    await this.#dhcp.stop();
    return 0;
  }

  async #reload(): Promise<Applied> {
    this.#settings = await this.#readSettings();
    return await this.#apply();
  }

  /** Plans and does what is missing, after whatever is being done. */
  #apply(): Promise<Applied> {
    const applied = this.#turn.then(() => this.#applyNow());
    this.#turn = applied.catch((error: unknown) => log.error(errorMessage(error)));
    return applied;
  }

  async #applyNow(): Promise<Applied> {
    const settings = this.#settings;
    writeWirelessFiles(settings.files);
    this.#updateDns();
    this.#seen = describeLinks();
    const makePlan = () => planNetwork(settings, observeNetwork(), readOwned());
    let plan = makePlan();
    // Before its interface becomes something else, when dhcpcd could not take its addresses away any more.
    if (await this.#dhcp.release(plan.dhcp, (name) => this.#leases.has(name))) plan = makePlan();
    const problems = await executeSteps(plan.steps);
    // What was run must not run again if this process ends while it waits for DHCP.
    writeOwned(plan.owned);
    await this.#dhcp.start();
    this.#leases.keepOnly((name) => plan.dhcp.has(name));
    this.#updateDns();
    for (const step of plan.steps)
      if (step.do === 'add-address') this.#announce(`${step.link}: ${step.address}`);
    const hasAddress = Object.values(plan.owned.addresses).some((addresses) => addresses.length > 0);
    if (hasAddress || plan.dhcp.size === 0) this.#becomeReady();
    if (plan.lastSteps.length > 0) {
      await this.#waitForLeases(plan.dhcp);
      problems.push(...(await executeSteps(plan.lastSteps)));
    }
    for (const problem of problems) log.error(problem);
    return { steps: [...plan.steps, ...plan.lastSteps].map(describeStep), problems };
  }

  async #waitForLeases(interfaces: ReadonlyMap<string, InterfaceSettings>): Promise<void> {
    const names = [...interfaces.keys()];
    for (let left = this.#settings.dhcpTimeout * 1000; left > 0; left -= LEASE_POLL) {
      if (names.every((name) => this.#leases.has(name))) return;
      await sleep(LEASE_POLL);
    }
    const without = names.filter((name) => !this.#leases.has(name));
    log.warn(`${without.join(', ')}: no address after ${this.#settings.dhcpTimeout} s; still asking`);
  }

  /** Interfaces of containers come and go all the time, and the steps themselves change interfaces. */
  #onLinkChange(): void {
    if (this.#isApplyDue) return;
    this.#isApplyDue = true;
    setTimer(SETTLE_TIME, () => {
      this.#isApplyDue = false;
      if (describeLinks() !== this.#seen) void this.#apply();
    });
  }

  #onReport(report: DhcpReport | undefined): void {
    if (report === undefined) return;
    this.#leases.add(report);
    this.#updateDns();
    if (report.state !== 'up' || report.address === undefined) return;
    if (!this.#settings.hasHostname && report.hostname !== undefined) renameMachine(report.hostname);
    this.#announce(`${report.interface}: ${report.address} by DHCP`);
    // The kernel took the routes of the interface along if it was without an address for a moment.
    void this.#apply();
  }

  #announce(address: string): void {
    log.info(address);
    if (!this.#isReady) logToKernel(`paddock: network up, ${address}`);
    this.#becomeReady();
  }

  #becomeReady(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    makeDirectories('/run/netconf');
    writeFile(READY_FILE, '');
  }

  #updateDns(): void {
    const { dns, defaultDns } = this.#settings;
    updateFile(RESOLV_CONF, () => resolvConf([dns, this.#leases.dns(), defaultDns]));
  }
}

/** What an interface is told apart by. */
function describeLinks(): string {
  return listLinks()
    .map(({ name, index }) => `${index} ${name}`)
    .join('\n');
}

/** Writes those that are new or other than before, and removes those that are not wanted any more. */
function writeWirelessFiles(files: ReadonlyMap<string, string>): void {
  makeDirectories(WIRELESS_DIRECTORY);
  for (const name of readDirectory(WIRELESS_DIRECTORY)) {
    if (/^(wpa_supplicant|wvdial)-/.test(name) && !files.has(name))
      removeIfExists(`${WIRELESS_DIRECTORY}/${name}`);
  }
  for (const [name, text] of files) {
    const path = `${WIRELESS_DIRECTORY}/${name}`;
    if (readTextIfExists(path) !== text) writeFile(path, text, 0o600);
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
