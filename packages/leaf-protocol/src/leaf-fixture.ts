/** Feeds in a real store of their own, filled from a few words, and an endpoint on loopback that answers as a leaf. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import { createFeedEndpoint } from '@feedfleet/feed-endpoint';
import type { Answer, FeedQuery } from '@feedfleet/feed-endpoint';
import { createMetrics, startHost } from '@feedfleet/host';
import type { Logger, RunningHost } from '@feedfleet/host';
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { Ask } from '@feedfleet/package-sources';
import { ProblemError } from '@feedfleet/problems';
import { EMPTY_SNAPSHOT, DEFAULT_FEED_POLICY, RegistryView, hashKey } from '@feedfleet/registry-client';
import type { Feed } from '@feedfleet/registry-client';
import { openEmbeddedStore } from '@feedfleet/store';
import type { EmbeddedStore } from '@feedfleet/store';

import { leafAnswer } from './leaf-answer.ts';
import { isLeafPath } from './leaf-paths.ts';
import { metadataOf } from './sample-versions.ts';
import { storeSource } from './store-source.ts';
import type { StoreSourcePorts } from './store-source.ts';

export const READ_KEY = `ff_${'r'.repeat(43)}`;
const CREATED = '2026-01-02T03:04:05.678Z';

const silent = (): void => undefined;
const NO_LOG: Logger = { debug: silent, info: silent, warn: silent, error: silent, child: () => NO_LOG };

/** Asks for as long as the test runs. */
export function anAsk(signal: AbortSignal = new AbortController().signal, rest: Partial<Ask> = {}): Ask {
  return { signal, remainingMs: () => 30_000, requestId: '', traceparent: '', chain: '', ...rest };
}

function feed(id: string, name: string, visibility: Feed['visibility']): Feed {
  return {
    ...{ id, name, visibility, createdAt: CREATED, aliases: [], owner: 'tests', description: '' },
    ...{ deletion: 'unlist', maxPackageBytes: 1024 ** 2 },
    ...DEFAULT_FEED_POLICY,
  };
}

const VIEW = RegistryView.of({
  ...EMPTY_SNAPSHOT,
  ...{ fleetId: 'tests', number: 0 },
  feeds: [feed('open', 'Open', 'public'), feed('closed', 'Closed', 'private')],
  keys: [
    {
      ...{ id: 'reader', name: 'reader', hash: hashKey(READ_KEY), owner: 'tests', feeds: 'all', scopes: ['read'] },
      ...{ packageGlobs: ['*'], createdAt: CREATED, expiresAt: null },
    },
  ],
});

interface Adding extends Partial<PackageMetadata> {
  readonly listed?: boolean;
  readonly downloads?: number;
}

interface Putting {
  readonly metadata: PackageMetadata;
  readonly listed: boolean;
  readonly created: string;
  readonly content: Buffer;
}

export class LeafFixture {
  readonly #folder: string;
  readonly store: EmbeddedStore;
  /** Requests that reached the endpoint: path and query, and headers. */
  readonly requests: { readonly url: string; readonly headers: Readonly<Record<string, unknown>> }[] = [];
  #host: RunningHost | undefined;
  #page: StoreSourcePorts['page'];

  private constructor(folder: string, store: EmbeddedStore) {
    this.#folder = folder;
    this.store = store;
  }

  static async open(): Promise<LeafFixture> {
    const folder = await mkdtemp(join(tmpdir(), 'feedfleet-leaf-'));
    return new LeafFixture(folder, await openEmbeddedStore({ folder, instance: 'tests' }));
  }

  get ports(): StoreSourcePorts {
    return { ...this.store, ...(this.#page !== undefined && { page: this.#page }) };
  }

  pageWith(page: StoreSourcePorts['page']): void {
    this.#page = page;
  }

  /** Adds a version to the feed `Open` (id `open`), or to another one; its file holds the text `id/version`. */
  async add(id: string, version: string, { listed = true, downloads = 0, ...more }: Adding = {}, feedId = 'open') {
    const content = Buffer.from(`${id}/${version}`);
    await this.put({ metadata: metadataOf(id, version, more), listed, created: CREATED, content }, feedId);
    if (downloads > 0) await this.download(id, version, downloads, feedId);
  }

  async put({ metadata, listed, created, content }: Putting, feedId = 'open'): Promise<void> {
    const { store } = this;
    const sha512 = createHash('sha512').update(content).digest('hex');
    await store.metadata.intendBlob(sha512, 'tests');
    await store.blobs.commit(await store.blobs.stage(Readable.from([content]), { maxBytes: 10_000 }));
    const fragments = { 'v2-entry': { format: 1, text: '' }, 'v3-leaf': { format: 1, text: '' } };
    const added = { metadata, sha512, sizeBytes: content.length, created, listed, fragments };
    await store.metadata.addVersion(feedId, added, 'tests');
  }

  async download(id: string, version: string, downloads: number, feedId = 'open'): Promise<void> {
    const { key = 0 } = (await this.store.metadata.version(feedId, id, version)) ?? {};
    await this.store.downloads.add([{ versionKey: key, downloads }]);
    await this.store.downloads.reveal(0);
  }

  /** Starts the endpoint once. @returns its URL. */
  async serve(mount = '/api/v2'): Promise<string> {
    const metrics = createMetrics({ service: 'tests', instance: 'tests' });
    const endpoint = createFeedEndpoint({
      protocol: { mount, answer: (query) => this.#answer(query) },
      family: 'v2',
      registry: { current: () => VIEW, reportKeyUse: silent },
      store: this.store.metadata,
      cacheBytes: 1024 ** 2,
      metrics,
    });
    this.#host = await startHost({
      ...{ service: 'tests', instance: 'tests', listen: { host: '127.0.0.1', port: 0 }, log: NO_LOG, metrics },
      handler: (request, response, context) => {
        this.requests.push({ url: request.url ?? '', headers: request.headers });
        endpoint.handler(request, response, context);
      },
    });
    return this.#host.url;
  }

  async close(): Promise<void> {
    await this.#host?.drain();
    this.store.close();
    await rm(this.#folder, { recursive: true });
  }

  async #answer(query: FeedQuery): Promise<Answer> {
    const { feed: asked, path, signal } = query;
    const source = storeSource(this.ports, asked.id);
    if (isLeafPath(path)) return leafAnswer(query, source);
    const [, id = '', normalizedVersion = ''] =
      /([^/]+)\/([^/]+)(?:\/[^/]+)?$/.exec(path.replace(/^\/(?:package|flat)/, '')) ?? [];
    const found = await source.content({ id, normalizedVersion }, anAsk(signal));
    const content = found.outcome === 'answered' ? found.value : null;
    if (content?.blob === undefined) throw new ProblemError('noSuchPackage');
    return { kind: 'blob', contentType: 'application/zip', fileName: `${id}.nupkg`, blob: content.blob };
  }
}
