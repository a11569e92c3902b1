/** The pulls that are under way. Whoever wants what another is pulling already joins in. */
import type { ProgressLine, Report } from '../progress.ts';
import type { ImageStore } from './image-store.ts';
import { type Pull, type PulledImage, type PullOptions, pullImage } from './pull.ts';

/** A client's part in a pull. */
export interface PullTicket {
  readonly done: Promise<PulledImage>;
  /** The client has gone. When the last one has, the pull ends. */
  leave(): void;
}

interface SharedPull {
  readonly pull: Pull;
  readonly reports: Set<Report>;
  /** What was reported, the last line for each id: for those who join. */
  readonly lines: Map<string, ProgressLine>;
}

export class Pulls {
  readonly #store: ImageStore;
  readonly #running = new Map<string, SharedPull>();

  constructor(store: ImageStore) {
    this.#store = store;
  }

  /** Starts or joins a pull. Pulls are the same if all is the same, the account included. */
  pull({ report, ...options }: PullOptions): PullTicket {
    const { reference, platform, credentials } = options;
    const key = JSON.stringify([reference, platform, credentials]);
    const shared = this.#running.get(key) ?? this.#start(key, options);
    for (const line of shared.lines.values()) report(line);
    shared.reports.add(report);
    return {
      done: shared.pull.done,
      leave: () => {
        shared.reports.delete(report);
        if (shared.reports.size === 0) shared.pull.cancel();
      },
    };
  }

  #start(key: string, options: Omit<PullOptions, 'report'>): SharedPull {
    const reports = new Set<Report>();
    const lines = new Map<string, ProgressLine>();
    const report = (line: ProgressLine) => {
      lines.set(line.id ?? line.status ?? '', line);
      for (const each of reports) each(line);
    };
    const shared = { pull: pullImage(this.#store, { ...options, report }), reports, lines };
    this.#running.set(key, shared);
    const forget = () => this.#running.delete(key);
    shared.pull.done.then(forget, forget);
    return shared;
  }
}
