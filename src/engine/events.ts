/** The engine's events (`docker events`): the latest are kept, subscribers hear of new ones. */
import { currentTime } from '../linux/clock.ts';

export type EventType = 'container' | 'image' | 'volume' | 'network' | 'daemon' | 'builder';

/** An event as the API sends it (API 1.51; `status`, `id` and `from` only for containers and images). */
export interface EngineEvent {
  readonly status?: string;
  readonly id?: string;
  readonly from?: string;
  readonly Type: EventType;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly scope: 'local';
  /** Seconds since 1970. */
  readonly time: number;
  /** Nanoseconds since 1970. Too large for a number of JavaScript, so JSON gets it by `eventJson`. */
  readonly timeNano: bigint;
}

/** As many as Docker keeps for `since`. */
const KEPT_EVENTS = 256;
/** Characters of attributes that are kept at most: clients choose labels as long as they like. */
const KEPT_CHARACTERS = 1024 * 1024;

export class EventLog {
  readonly #recent: EngineEvent[] = [];
  /** Characters of the attributes in `#recent`. */
  #characters = 0;
  readonly #subscribers = new Set<(event: EngineEvent) => void>();

  /** Records an event and tells the subscribers. */
  publish(type: EventType, action: string, id: string, attributes: Record<string, string> = {}): void {
    const { seconds, nanoseconds } = currentTime();
    const from = attributes['image'];
    const event: EngineEvent = {
      ...(type === 'container' || type === 'image' ? { status: action, id } : {}),
      ...(type === 'container' && from !== undefined ? { from } : {}),
      Type: type,
      Action: action,
      Actor: { ID: id, Attributes: attributes },
      scope: 'local',
      time: seconds,
      timeNano: BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds),
    };
    this.#keep(event);
    for (const subscriber of [...this.#subscribers]) subscriber(event);
  }

  get subscriberCount(): number {
    return this.#subscribers.size;
  }

  /** The events that are kept, oldest first. */
  recent(): readonly EngineEvent[] {
    return this.#recent;
  }

  /** Knows what was published before this program took over. */
  restore(events: readonly EngineEvent[]): void {
    const newer = this.#recent.splice(0);
    this.#characters = 0;
    for (const event of [...events, ...newer]) this.#keep(event);
  }

  /** Calls back with every new event. Returns a function that ends it. */
  subscribe(callback: (event: EngineEvent) => void): () => void {
    this.#subscribers.add(callback);
    return () => this.#subscribers.delete(callback);
  }

  #keep(event: EngineEvent): void {
    this.#recent.push(event);
    this.#characters += charactersOf(event);
    while (this.#recent.length > KEPT_EVENTS || this.#characters > KEPT_CHARACTERS) {
      const oldest = this.#recent.shift();
      if (oldest !== undefined) this.#characters -= charactersOf(oldest);
    }
  }
}

function charactersOf({ Actor }: EngineEvent): number {
  return Object.entries(Actor.Attributes).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}

/** An event as a line of JSON, with all digits of its time. */
export function eventJson(event: EngineEvent): string {
  const { timeNano, ...rest } = event;
  return `${JSON.stringify(rest).slice(0, -1)},"timeNano":${timeNano}}\n`;
}
