/**
 * Brings a folder to the state of a feed: what is new or missing is fetched, what was deleted goes, and the cursor moves only
 * when everything up to it is there. What an earlier run left, killed or not, is used.
 */
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import type { Clock } from '@feedfleet/registry-client';

import { failureOf, type Failure } from '../failure.ts';
import type { FeedRequests } from '../feed-requests.ts';
import { isRetried, pauseBeforeRetry, type RetryPolicy } from '../push/retry-policy.ts';
import { StopRule } from '../push/stop-rule.ts';
import { download, holds, isInPlace, removePackage } from './download.ts';
import type { ExportedPackage, ExportManifest } from './export-manifest.ts';
import { writeManifest } from './export-manifest.ts';
import { packagePlace } from './package-path.ts';
import type { CatalogChange, CatalogNews, FeedAddresses, Patiently } from './read-catalog.ts';
import { readAddresses, readCatalog, readLeaf } from './read-catalog.ts';

interface ExportProgress {
  readonly bytes: (count: number) => void;
  readonly finished: (outcome: 'done' | 'failed') => void;
  readonly stop: () => void;
}

export interface ExportOptions {
  readonly requests: FeedRequests;
  /** Absolute, and there. */
  readonly folder: string;
  readonly manifest: ExportManifest;
  /** Packages on their way at the same time. At least 1. */
  readonly concurrency: number;
  readonly retry: RetryPolicy;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly openProgress: (totals: { readonly count: number }) => ExportProgress;
}

export interface ExportOutcome {
  readonly manifest: ExportManifest;
  readonly counts: {
    readonly fetched: number;
    /** In place, but told of otherwise since: unlisted, deprecated, or fetched by a run that was killed. */
    readonly updated: number;
    readonly removed: number;
    readonly failed: number;
    readonly notTried: number;
  };
  readonly fetchedBytes: number;
  readonly failures: readonly { readonly id: string; readonly version: string; readonly failure: Failure }[];
}

/** The feed may change while it is read; so often it is looked at again for what could not be fetched then. */
const MAX_ROUNDS = 3;
const SAVE_AFTER_MS = 2000;

/** What is to be done for one version: what the catalog told, or the file of a known one that is missing. */
type Task = { readonly change: CatalogChange } | { readonly missing: ExportedPackage };

export async function exportFeed(options: ExportOptions): Promise<ExportOutcome> {
  return await new FeedExport(options).run();
}

class FeedExport {
  readonly #options: ExportOptions;
  readonly #packages: Map<string, ExportedPackage>;
  readonly #failures = new Map<string, ExportOutcome['failures'][number]>();
  readonly #counts = { fetched: 0, updated: 0, removed: 0 };
  #cursor: string | null;
  #fetchedBytes = 0;
  #notTried = 0;
  #savedAtMs: number;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: ExportOptions) {
    this.#options = options;
    this.#cursor = options.manifest.cursor;
    this.#packages = new Map(options.manifest.packages.map((each) => [keyOf(each), each]));
    this.#savedAtMs = options.clock.now();
  }

  async run(): Promise<ExportOutcome> {
    const { requests, signal } = this.#options;
    const addresses = await readAddresses(requests, this.#patiently);
    // From here on the folder is known for what it is, whatever happens.
    await this.#save();
    let seen: string | null | undefined;
    for (let round = 1; round <= MAX_ROUNDS; round += 1) {
      const { catalog } = addresses;
      const news = await readCatalog(requests, this.#patiently, { catalog, cursor: this.#cursor });
      if (round > 1 && news.cursor === seen) break;
      seen = news.cursor;
      await this.#round(news, addresses);
      if (this.#failures.size === 0 || signal.aborted) break;
    }
    await this.#save();
    return this.#outcome();
  }

  async #round(news: CatalogNews, addresses: FeedAddresses): Promise<void> {
    const { concurrency, signal, openProgress } = this.#options;
    this.#failures.clear();
    const tasks = await this.#tasksOf(news);
    const progress = openProgress({ count: tasks.length });
    const rule = new StopRule();
    const waiting = tasks.values();
    let left = tasks.length;
    const worker = async (): Promise<void> => {
      for (const task of waiting) {
        const failure = await this.#try(task, addresses, progress);
        if (signal.aborted) return;
        left -= 1;
        progress.finished(failure === undefined ? 'done' : 'failed');
        // One that is gone was deleted since the catalog was read; that says nothing about the next.
        rule.saw(failure?.status === 404 ? undefined : failure);
        await this.#saveNowAndThen();
        if (rule.stops) return;
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(concurrency, tasks.length) }, worker));
    } finally {
      progress.stop();
    }
    this.#notTried = left;
    if (left === 0 && this.#failures.size === 0) this.#cursor = news.cursor;
  }

  async #tasksOf({ changes }: CatalogNews): Promise<readonly Task[]> {
    const tasks: Task[] = [...changes.values()]
      .filter((change) => this.#packages.get(change.place.key)?.committed !== change.committed)
      .map((change) => ({ change }));
    for (const [key, known] of this.#packages) {
      const isTold = changes.has(key) && changes.get(key)?.committed !== known.committed;
      if (!isTold && !(await isInPlace(path.join(this.#options.folder, known.file), known.sizeBytes))) {
        tasks.push({ missing: known });
      }
    }
    return tasks;
  }

  async #try(task: Task, addresses: FeedAddresses, progress: ExportProgress): Promise<Failure | undefined> {
    try {
      if ('missing' in task) await this.#fetch(task.missing, addresses, progress);
      else await this.#apply(task.change, addresses, progress);
      return undefined;
    } catch (error) {
      if (this.#options.signal.aborted) return undefined;
      const failure = failureOf(error);
      const { id, version } = 'missing' in task ? task.missing : { ...task.change.place, version: task.change.version };
      this.#failures.set(`${id} ${version}`, { id, version, failure });
      return failure;
    }
  }

  async #apply(change: CatalogChange, addresses: FeedAddresses, progress: ExportProgress): Promise<void> {
    const { folder, requests } = this.#options;
    const { place, version, committed } = change;
    if (change.kind === 'delete') {
      this.#packages.delete(place.key);
      if (await removePackage(folder, place.file)) this.#counts.removed += 1;
      return;
    }
    const state = await this.#patiently(() => readLeaf(requests, change));
    const told: ExportedPackage = { id: place.id, version, file: place.file, ...state, committed };
    if (await holds(path.join(folder, place.file), told)) {
      this.#packages.set(place.key, told);
      this.#counts.updated += 1;
    } else {
      await this.#fetch(told, addresses, progress);
    }
  }

  async #fetch(wanted: ExportedPackage, { content }: FeedAddresses, progress: ExportProgress): Promise<void> {
    const { folder, requests, signal } = this.#options;
    const { file, sha512, sizeBytes } = wanted;
    const url = content + file.split('/').map(encodeURIComponent).join('/');
    const given = { url, file: path.join(folder, file), sha512, sizeBytes, onBytes: progress.bytes };
    await this.#patiently(() => download(requests, given, signal));
    this.#packages.set(keyOf(wanted), wanted);
    this.#counts.fetched += 1;
    this.#fetchedBytes += sizeBytes;
  }

  readonly #patiently: Patiently = async (ask) => {
    const { retry, clock, random, signal } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await ask();
      } catch (error) {
        const failure = failureOf(error);
        const passes = failure.code === 'FF_UNREACHABLE' || (failure.status !== 0 && isRetried(failure.status));
        const retryAfterMs =
          error instanceof ProblemError && error.retryAfterSeconds !== undefined
            ? error.retryAfterSeconds * 1000
            : undefined;
        const pauseMs = passes ? pauseBeforeRetry(retry, { attempt, retryAfterMs, random: random() }) : undefined;
        if (pauseMs === undefined || signal.aborted) throw error;
        await clock.sleep(pauseMs, signal);
      }
    }
  };

  async #saveNowAndThen(): Promise<void> {
    const nowMs = this.#options.clock.now();
    if (nowMs - this.#savedAtMs < SAVE_AFTER_MS) return;
    this.#savedAtMs = nowMs;
    await this.#save();
  }

  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => writeManifest(this.#options.folder, this.#manifest()));
    return this.#saving;
  }

  #manifest(): ExportManifest {
    const packages = [...this.#packages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
    return { format: 1, source: this.#options.manifest.source, cursor: this.#cursor, packages };
  }

  #outcome(): ExportOutcome {
    return {
      manifest: this.#manifest(),
      counts: { ...this.#counts, failed: this.#failures.size, notTried: this.#notTried },
      fetchedBytes: this.#fetchedBytes,
      failures: [...this.#failures.values()],
    };
  }
}

const keyOf = ({ id, version, file }: ExportedPackage): string => packagePlace(id, version)?.key ?? file;
