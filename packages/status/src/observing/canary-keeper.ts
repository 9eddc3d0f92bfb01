/**
 * The canary: a private feed with one package, and a key for it, made through the registry's API and by a push as any other's.
 *
 * Its stable version is read, and so are its symbols, which observers push again and again. Each observer pushes one pre-release a day, which
 * replaces the one before: of these the catalog keeps two entries each, for ever, as that of any feed.
 */
import { ProblemError } from '@feedfleet/problems';
import type { RegistryApi } from '@feedfleet/registry-client';
import { canarySchema, pushCanary } from '@feedfleet/status-probes';
import type { Canary } from '@feedfleet/status-probes';
import { z } from 'zod';

import type { ObservingStore } from './observing-store.ts';

const keptSchema = canarySchema.omit({ awaitsSymbols: true }).extend({
  keyId: z.string(),
  /** Its package is there. */
  isFilled: z.boolean(),
  /** So are the symbols of that, which an earlier release did not push, and which a fleet may have no room for. */
  hasSymbols: z.boolean().default(false),
});
type KeptCanary = z.output<typeof keptSchema>;

export interface CanaryKeeperOptions {
  readonly store: ObservingStore;
  readonly api: RegistryApi;
  readonly feed: string;
  /** Where the balancer is. */
  readonly entryUrl: string;
  readonly timeoutMs: number;
}

const KEPT_AS = 'canary';
const KEY_NAME = 'status page: canary';
const MOST_VERSIONS = 1000;

export class CanaryKeeper {
  readonly #options: CanaryKeeperOptions;
  #kept: KeptCanary | undefined;

  constructor(options: CanaryKeeperOptions) {
    this.#options = options;
    const kept = keptSchema.safeParse(options.store.known(KEPT_AS)).data;
    this.#kept = kept?.feed === options.feed ? kept : undefined;
  }

  /** `undefined` until its package is there to be read. */
  current(): Canary | undefined {
    const kept = this.#kept;
    if (kept?.isFilled !== true) return undefined;
    return { feed: kept.feed, key: kept.key, ...(kept.hasSymbols ? {} : { awaitsSymbols: true }) };
  }

  /**
   * Makes what is missing, once the fleet has a key: the first one is the administrator's, who gets it only while there is no other.
   *
   * @throws {ProblemError} when the registry does not answer, {Error} when the push fails.
   */
  async ensure(signal: AbortSignal): Promise<void> {
    if (this.#kept === undefined) {
      const hasKeys = (await this.#options.api.keys.list(signal)).length > 0;
      if (!hasKeys) return;
      this.#keep(await this.#make(signal));
    }
    if (this.#kept?.isFilled === false) await this.#push('package', signal);
    if (this.#kept?.hasSymbols === false) await this.#push('symbols', signal);
  }

  async #push(what: 'package' | 'symbols', signal: AbortSignal): Promise<void> {
    const kept = this.#kept;
    if (kept === undefined) return;
    const { entryUrl, timeoutMs } = this.#options;
    await pushCanary({ what, entryUrl, canary: { feed: kept.feed, key: kept.key }, timeoutMs, signal });
    this.#keep({ ...kept, ...(what === 'package' ? { isFilled: true } : { hasSymbols: true }) });
  }

  /** Looks whether feed and key are what they were, after an answer that makes one doubt it. */
  async check(signal: AbortSignal): Promise<void> {
    const { api, store } = this.#options;
    const kept = this.#kept;
    if (kept === undefined) return;
    const isThere = (await this.#hasFeed(signal)) && (await api.keys.list(signal)).some(({ id }) => id === kept.keyId);
    if (isThere) return;
    this.#kept = undefined;
    store.keep(KEPT_AS, null);
  }

  #keep(kept: KeptCanary): void {
    this.#kept = kept;
    this.#options.store.keep(KEPT_AS, kept);
  }

  async #make(signal: AbortSignal): Promise<KeptCanary> {
    const { api, feed } = this.#options;
    if (!(await this.#hasFeed(signal))) await this.#makeFeed(signal);
    const { key, secret } = await api.keys.create(
      { name: KEY_NAME, owner: 'feedfleet', feeds: [feed], scopes: ['read', 'push', 'unlist'] },
      signal,
    );
    return { feed, key: secret, keyId: key.id, isFilled: false, hasSymbols: false };
  }

  async #makeFeed(signal: AbortSignal): Promise<void> {
    const { api, feed } = this.#options;
    await api.feeds.create(
      {
        name: feed,
        owner: 'feedfleet',
        visibility: 'private',
        description: 'What the observers of the status page read and push.',
        overwrite: 'prerelease',
        uploadWarnings: false,
        maxPackageBytes: 65_536,
        quotaVersions: MOST_VERSIONS,
      },
      signal,
    );
  }

  async #hasFeed(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#options.api.feeds.get(this.#options.feed, signal);
      return true;
    } catch (error) {
      if (error instanceof ProblemError && error.code === 'FF_NO_SUCH_FEED') return false;
      throw error;
    }
  }
}
