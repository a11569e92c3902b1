/** Answers the questions of one container: names of its neighbours by what the engine knows, others by asking outside. */
import { readTextIfExists } from '../../../linux/file.ts';
import { parseAddress } from '../../../linux/ip-address.ts';
import type { Container } from '../../containers/container.ts';
import { hostNameServers } from '../../containers/resolv-conf.ts';
import type { Endpoint } from '../endpoint.ts';
import { gatewayAttachment } from '../gateway.ts';
import type { Network } from '../network.ts';
import { askServers, type Transport } from './forward.ts';
import { endpointsNamed, nameOfAddress } from './known-names.ts';
import {
  addressOfReverseName,
  encodeAnswer,
  encodeName,
  parseQuestion,
  type Question,
  RECORD_TYPE,
  RESPONSE_CODE,
} from './message.ts';

/** What the engine knows at the moment. */
export interface World {
  readonly containers: () => readonly Container[];
  readonly networks: () => readonly Network[];
  /** Servers outside for containers that name none; those of the machine if empty. */
  readonly defaultServers: readonly string[];
}

/** So many questions of one container may wait for servers outside; further ones fail at once. */
const MAXIMUM_WAITING = 64;

/** The answers of one container's name server. */
export class Resolver {
  readonly #container: Container;
  readonly #world: World;
  #waiting = 0;
  #turn = 0;

  constructor(container: Container, world: World) {
    this.#container = container;
    this.#world = world;
  }

  /** The answer to a message; undefined if there is none to be given. */
  async answer(message: Uint8Array, transport: Transport): Promise<Uint8Array | undefined> {
    const question = parseQuestion(message);
    if (question === undefined) return undefined;
    const known = this.#answerByName(question) ?? this.#answerByAddress(question);
    return known ?? (await this.#ask(question, message, transport));
  }

  #answerByName(question: Question): Uint8Array | undefined {
    const endpoints = endpointsNamed(question.name, this.#container, ...this.#now());
    if (endpoints === undefined) return undefined;
    const addresses = endpoints.flatMap((endpoint) => addressOf(endpoint, question.type));
    // Who takes the first one shall not always take the same.
    const first = addresses.length === 0 ? 0 : this.#turn++ % addresses.length;
    const rotated = [...addresses.slice(first), ...addresses.slice(0, first)];
    return encodeAnswer(question, RESPONSE_CODE.ok, rotated);
  }

  #answerByAddress(question: Question): Uint8Array | undefined {
    const address = question.type === RECORD_TYPE.PTR ? addressOfReverseName(question.name) : undefined;
    const name = address === undefined ? undefined : nameOfAddress(address, this.#container, ...this.#now());
    return name === undefined ? undefined : encodeAnswer(question, RESPONSE_CODE.ok, [encodeName(name)]);
  }

  async #ask(question: Question, message: Uint8Array, transport: Transport): Promise<Uint8Array> {
    const { record } = this.#container;
    const [, networks] = this.#now();
    // Networks without a way out have none for names either.
    if (gatewayAttachment(record.networks, networks) === undefined) {
      return encodeAnswer(question, RESPONSE_CODE.noSuchName, []);
    }
    const failure = () => encodeAnswer(question, RESPONSE_CODE.serverFailure, []);
    if (this.#waiting >= MAXIMUM_WAITING) return failure();
    const wanted = record.hostConfig.Dns?.length ? record.hostConfig.Dns : this.#world.defaultServers;
    const servers = wanted.length > 0 ? wanted : hostNameServers(readTextIfExists('/etc/resolv.conf') ?? '');
    this.#waiting++;
    try {
      return (await askServers(servers, message, transport)) ?? failure();
    } finally {
      this.#waiting--;
    }
  }

  #now(): [containers: readonly Container[], networks: readonly Network[]] {
    return [this.#world.containers(), this.#world.networks()];
  }
}

function addressOf({ ipv4, ipv6 }: Endpoint, type: number): Uint8Array[] {
  const text = type === RECORD_TYPE.A ? ipv4.address : type === RECORD_TYPE.AAAA ? ipv6?.address : undefined;
  const bytes = text === undefined ? undefined : parseAddress(text);
  return bytes === undefined ? [] : [bytes];
}
