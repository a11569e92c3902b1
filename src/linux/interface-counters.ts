/** What network interfaces have received and sent (proc_net_dev in proc_pid_net(5)). */
import { readTextIfExists } from './file.ts';

export interface InterfaceCounters {
  readonly rx_bytes: number;
  readonly rx_packets: number;
  readonly rx_errors: number;
  readonly rx_dropped: number;
  readonly tx_bytes: number;
  readonly tx_packets: number;
  readonly tx_errors: number;
  readonly tx_dropped: number;
}

/** The interfaces of a process's network namespace by name, without the loopback. */
export function interfaceCounters(pid: number): Record<string, InterfaceCounters> {
  return parseCounters(readTextIfExists(`/proc/${pid}/net/dev`) ?? '');
}

/** Two lines of titles, then a line for each interface with eight columns of receiving and eight of sending. */
export function parseCounters(text: string): Record<string, InterfaceCounters> {
  const interfaces = text.split('\n').flatMap((line): [string, InterfaceCounters][] => {
    const [, name, rest = ''] = /^\s*([^\s:]+):(.*)$/.exec(line) ?? [];
    if (name === undefined || name === 'lo') return [];
    const column = rest.trim().split(/\s+/).map(Number);
    const at = (index: number) => column[index] ?? 0;
    const counters = {
      rx_bytes: at(0),
      rx_packets: at(1),
      rx_errors: at(2),
      rx_dropped: at(3),
      tx_bytes: at(8),
      tx_packets: at(9),
      tx_errors: at(10),
      tx_dropped: at(11),
    };
    return [[name, counters]];
  });
  return Object.fromEntries(interfaces);
}
