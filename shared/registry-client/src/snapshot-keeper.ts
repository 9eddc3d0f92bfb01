/** Keeps the newest view on disk: bursts of changes become one write, and a start reads the last good one. */
import type { Clock } from './clock.ts';
import type { MirrorLog } from './mirror-log.ts';
import { RegistryView } from './registry-view.ts';
import { newestName, readSnapshots, writeSnapshot } from './snapshot-file.ts';
import type { DecodedSnapshot } from './snapshot-file.ts';

export interface SnapshotKeeperOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: MirrorLog;
}

/** Between two writes, in milliseconds. */
const shortestPauseMs = 200;
/** A pause is at least this many times as long as the write before it took, so that large fleets do not write all day. */
const pausePerWrite = 20;
/** Longest time that what is in memory may be ahead of the disk, beyond a write; a slow disk must not stretch it. */
const longestPauseMs = 1000;

type Usable =
  | { readonly outcome: 'usable'; readonly view: RegistryView }
  | { readonly outcome: 'damaged'; readonly reason: string };

function usable(decoded: DecodedSnapshot): Usable {
  if (decoded.outcome === 'damaged') return decoded;
  try {
    return { outcome: 'usable', view: RegistryView.of(decoded.snapshot) };
  } catch {
    return { outcome: 'damaged', reason: 'its routes do not compile' };
  }
}

export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  readonly #closing = new AbortController();
  #pending: RegistryView | undefined;
  /** Ends when nothing is pending any more and the pause after the last write is over. */
  #keeping: Promise<void> | undefined;
  /** The last write; each waits for the one before it. */
  #written: Promise<void> = Promise.resolve();
  #isNewestGood = false;
  #isFailing = false;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
  }

  /** The last good view; `undefined` when there is none. */
  async load(): Promise<RegistryView | undefined> {
    const { folder, log } = this.#options;
    for (const { name, decoded } of await readSnapshots(folder)) {
      const result = usable(decoded);
      if (result.outcome === 'usable') {
        this.#isNewestGood = name === newestName;
        return result.view;
      }
      log.warn('registry snapshot on disk is damaged', { 'file.name': name, reason: result.reason });
    }
    return undefined;
  }

  /** Has the view written soon, unless a newer one comes first. */
  keep(view: RegistryView): void {
    this.#pending = view;
    this.#keeping ??= this.#keep().finally(() => {
      this.#keeping = undefined;
    });
  }

  /** Has the newest view written now. Resolves when it is on disk, or could not be written. */
  flush(): Promise<void> {
    this.#written = this.#written.then(() => this.#writePending());
    return this.#written;
  }

  /** Resolves as `flush`. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#keeping;
    await this.flush();
  }

  async #keep(): Promise<void> {
    const { clock } = this.#options;
    while (this.#pending !== undefined) {
      const startedAt = clock.now();
      await this.flush();
      const pauseMs = Math.min(longestPauseMs, Math.max(shortestPauseMs, pausePerWrite * (clock.now() - startedAt)));
      if (!this.#closing.signal.aborted) await clock.sleep(pauseMs, this.#closing.signal).catch(() => undefined);
    }
  }

  async #writePending(): Promise<void> {
    const view = this.#pending;
    if (view === undefined) return;
    this.#pending = undefined;
    const { folder, log } = this.#options;
    try {
      await writeSnapshot(folder, view.toSnapshot(), this.#isNewestGood);
      this.#isNewestGood = true;
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) log.error('registry snapshot cannot be written', error, { 'registry.number': view.number });
      this.#isFailing = true;
      // Which of the two renames happened is not known; the newest file stays out of the rotation until it was written anew.
      this.#isNewestGood = false;
    }
  }
}
