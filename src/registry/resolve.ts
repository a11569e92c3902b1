/** Names of hosts to addresses: `/etc/hosts` first, then the name servers of `/etc/resolv.conf` (resolv.conf(5)). */
import { withTimeout } from '../linux/event-loop.ts';
import { readTextIfExists } from '../linux/file.ts';
import { parseAddress } from '../linux/ip-address.ts';
import { randomBytes } from '../linux/random.ts';
import { connectUdp } from '../linux/socket.ts';
import { type DnsAnswer, dnsQuestion, parseDnsAnswer, type RecordType } from './dns-message.ts';

const DNS_PORT = 53;
const ATTEMPTS = 2;
const ATTEMPT_MILLISECONDS = 3000;
const LOCALHOST = ['127.0.0.1', '::1'];

/** The addresses of a host, IPv4 before IPv6; at least one. Throws an Error in the words of Go's resolver. */
export async function resolveHost(host: string): Promise<readonly string[]> {
  if (parseAddress(host) !== undefined) return [host];
  const listed = addressesInHosts(readTextIfExists('/etc/hosts') ?? '', host);
  if (listed.length > 0) return listed;
  if (host.toLowerCase() === 'localhost') return LOCALHOST;
  const { servers, search } = parseResolvConf(readTextIfExists('/etc/resolv.conf') ?? '');
  if (servers.length === 0) throw new Error(`lookup ${host}: no name server`);
  const names = host.includes('.') ? [host] : [...search.map((domain) => `${host}.${domain}`), host];
  for (const name of names) {
    const found = await Promise.all([ask(servers, name, 'A'), ask(servers, name, 'AAAA')]);
    const addresses = found.flat();
    if (addresses.length > 0) return addresses;
  }
  throw new Error(`lookup ${host} on ${servers[0]}:${DNS_PORT}: no such host`);
}

/** What a hosts file says about a name (hosts(5)), IPv4 first. */
export function addressesInHosts(text: string, host: string): string[] {
  const found = text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const isListed = names.some((name) => name.toLowerCase() === host.toLowerCase());
    return isListed && parseAddress(address) !== undefined ? [address] : [];
  });
  return found.sort((a, b) => Number(a.includes(':')) - Number(b.includes(':')));
}

/** Name servers and search domains. */
export function parseResolvConf(text: string): { servers: string[]; search: string[] } {
  const servers: string[] = [];
  let search: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    const [address = ''] = values;
    if (keyword === 'nameserver' && parseAddress(address) !== undefined) servers.push(address);
    if (keyword === 'search' || keyword === 'domain') search = values;
  }
  return { servers, search };
}

/** Asks one server after the other. None of this type: an empty list. Throws if no server answers. */
async function ask(servers: readonly string[], name: string, type: RecordType): Promise<readonly string[]> {
  let failure = 'no answer';
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    for (const server of servers) {
      try {
        const answer = await askServer(server, name, type);
        if (answer.is === 'addresses') return answer.addresses;
        if (answer.is === 'no such name') return [];
        failure = 'server misbehaving';
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error);
      }
    }
  }
  throw new Error(`lookup ${name} on ${servers[0]}:${DNS_PORT}: ${failure}`);
}

async function askServer(server: string, name: string, type: RecordType): Promise<DnsAnswer> {
  const [high = 0, low = 0] = randomBytes(2);
  const id = (high << 8) | low;
  const question = dnsQuestion(id, name, type);
  if (question === undefined) return { is: 'no such name' };
  const socket = await connectUdp(server, DNS_PORT);
  const conversation = async () => {
    await socket.write(question);
    for (let data = await socket.read(); data !== null; data = await socket.read()) {
      const answer = parseDnsAnswer(data, id, type);
      if (answer !== undefined) return answer;
    }
    throw new Error('no answer');
  };
  try {
    return await withTimeout(conversation(), ATTEMPT_MILLISECONDS, new Error('i/o timeout'));
  } finally {
    socket.close();
  }
}
