/** A running endpoint over a protocol that tests control, and a client that shows answers as they are on the wire. */
import { request } from 'node:http';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';

import { createMetrics, startHost } from '@feedfleet/host';
import type { Logger, RunningHost } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { EMPTY_SNAPSHOT, DEFAULT_FEED_POLICY, RegistryView, hashKey } from '@feedfleet/registry-client';
import type { ApiKey, Feed, Source } from '@feedfleet/registry-client';

import { createFeedEndpoint } from './feed-endpoint.ts';
import type { FeedEndpointOptions } from './feed-endpoint.ts';
import type { HierarchyParts } from './hierarchy-answers.ts';
import type { Answer, FeedProtocol, FeedQuery, VariesBy } from './protocol.ts';

export const READ_KEY = `ff_${'r'.repeat(43)}`;
export const OTHER_KEY = `ff_${'o'.repeat(43)}`;
export const MANAGE_KEY = `ff_${'m'.repeat(43)}`;

const createdAt = '2026-01-01T00:00:00Z';

function feed(id: string, name: string, visibility: Feed['visibility']): Feed {
  return {
    ...{ id, name, visibility, createdAt, aliases: [`${name}-alias`], owner: 'tests', description: '' },
    ...{ deletion: 'unlist', maxPackageBytes: 1024 ** 2 },
    ...DEFAULT_FEED_POLICY,
  };
}

function key(id: string, secret: string, feeds: ApiKey['feeds']): ApiKey {
  return {
    ...{ id, name: id, hash: hashKey(secret), owner: 'tests', feeds, scopes: ['read'], packageGlobs: ['*'] },
    ...{ createdAt, expiresAt: null },
  };
}

export interface Received {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Sending {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

export class EndpointFixture {
  readonly host: RunningHost;
  /** Every line that was logged, as text. */
  readonly log: readonly string[];
  readonly queries: readonly FeedQuery[];
  readonly usedKeys: readonly string[];
  /** Versions of which a download was counted, in order. */
  readonly downloads: readonly number[];
  readonly #state: FixtureState;

  constructor(host: RunningHost, state: FixtureState) {
    this.host = host;
    this.log = state.log;
    this.queries = state.queries;
    this.usedKeys = state.usedKeys;
    this.downloads = state.downloads;
    this.#state = state;
  }

  /** What the protocol answers from now on. */
  answerWith(answer: (query: FeedQuery) => Answer | Promise<Answer>): void {
    this.#state.answer = answer;
  }

  /** A change of the feed's packages. */
  bump(feedId: string): void {
    this.#state.revisions.set(feedId, (this.#state.revisions.get(feedId) ?? 0) + 1);
  }

  /** From now on the store answers nothing. */
  breakStore(): void {
    this.#state.isStoreBroken = true;
  }

  setVisibility(feedId: string, visibility: Feed['visibility']): void {
    const found = this.#state.view.feedById(feedId);
    if (found === undefined) throw new Error(`no feed ${feedId}`);
    this.#change({ entity: 'feed', id: feedId, value: { ...found, visibility } });
  }

  /** The registry as it is now. */
  get view(): RegistryView {
    return this.#state.view;
  }

  setSource(source: Source): void {
    this.#change({ entity: 'source', id: source.id, value: source });
  }

  revoke(keyId: string): void {
    this.#change({ entity: 'key', id: keyId, value: null });
  }

  #change(operation: Parameters<RegistryView['apply']>[0]['operations'][number]): void {
    const { view } = this.#state;
    this.#state.view = view.apply({
      ...{ number: view.number + 1, at: createdAt, actor: 'tests', summary: '', operations: [operation] },
    });
  }

  send(path: string, { method = 'GET', headers = {}, body, signal }: Sending = {}): Promise<Received> {
    return new Promise((resolve, reject) => {
      const options = { port: this.host.port, path, method, headers, agent: false, ...(signal && { signal }) };
      const sent = request(options, (response) => {
        buffer(response).then(
          (bytes) =>
            resolve({
              status: response.statusCode ?? 0,
              reason: response.statusMessage ?? '',
              headers: response.headers,
              body: bytes,
            }),
          reject,
        );
      });
      sent.on('error', reject).end(body);
    });
  }

  close(): Promise<void> {
    return this.host.drain();
  }
}

interface FixtureState {
  view: RegistryView;
  answer: (query: FeedQuery) => Answer | Promise<Answer>;
  isStoreBroken: boolean;
  readonly revisions: Map<string, number>;
  readonly queries: FeedQuery[];
  readonly usedKeys: string[];
  readonly downloads: number[];
  readonly log: string[];
}

/** Text that is kept by revision: the answer most tests want. */
export function text(body: string, rest: Partial<Extract<Answer, { kind: 'bytes' }>> = {}): Answer {
  return {
    ...{ kind: 'bytes', status: 200, contentType: 'text/plain; charset=utf-8', body: Buffer.from(body) },
    ...{ gzip: 'negotiated', keep: 'revision' },
    ...rest,
  };
}

interface FixtureOptions {
  readonly mount?: string;
  readonly variesBy?: VariesBy;
  readonly cacheBytes?: number;
  readonly requestTimeoutMs?: number;
  readonly downloadIdleMs?: number;
  readonly sources?: readonly Source[];
  readonly localSource?: FeedProtocol['localSource'];
  readonly hierarchies?: () => Promise<HierarchyParts>;
  readonly alternates?: NonNullable<FeedEndpointOptions['alternates']>;
  readonly standIns?: NonNullable<FeedEndpointOptions['standIns']>;
}

/** Feeds `Open` (public, id `open`) and `Closed` (private, id `closed`); `READ_KEY` (id `reader`) reads the latter, `MANAGE_KEY` manages the former. */
export async function openFixture(options: FixtureOptions = {}): Promise<EndpointFixture> {
  const { mount = '/api/v3', cacheBytes = 1024 ** 2, requestTimeoutMs = 60_000, downloadIdleMs = 60_000 } = options;
  const state: FixtureState = {
    view: RegistryView.of({
      ...EMPTY_SNAPSHOT,
      ...{ fleetId: 'tests', number: 0 },
      feeds: [feed('open', 'Open', 'public'), feed('closed', 'Closed', 'private')],
      keys: [
        ...[key('reader', READ_KEY, 'all'), key('other', OTHER_KEY, ['open'])],
        { ...key('manager', MANAGE_KEY, ['open']), scopes: ['read', 'manage'] },
      ],
      sources: [...(options.sources ?? [])],
    }),
    answer: (query) => text(`${query.baseUrl}${query.path}?${query.search}`),
    ...{ isStoreBroken: false, revisions: new Map(), queries: [], usedKeys: [], downloads: [], log: [] },
  };
  const metrics = createMetrics({ service: 'tests', instance: 'tests' });
  const { handler } = createFeedEndpoint({
    protocol: {
      ...controlledProtocol(mount, state),
      openPaths: ['/open'],
      ...(options.localSource === undefined ? {} : { localSource: options.localSource }),
      ...(options.variesBy === undefined ? {} : { variesBy: options.variesBy }),
    },
    family: 'own',
    ...(options.alternates === undefined ? {} : { alternates: options.alternates }),
    ...(options.standIns === undefined ? {} : { standIns: options.standIns }),
    registry: { current: () => state.view, reportKeyUse: (id) => state.usedKeys.push(id) },
    store: { revisionOf: (feedId) => revisionOf(state, feedId) },
    countDownload: (versionKey) => state.downloads.push(versionKey),
    ...(options.hierarchies === undefined ? {} : { hierarchies: options.hierarchies }),
    ...{ cacheBytes, downloadIdleMs, metrics },
  });
  const limits = { requestTimeoutMs };
  const listen = { host: '127.0.0.1', port: 0 };
  const log = recordingLog(state.log);
  const host = await startHost({ ...{ service: 'tests', instance: 'tests', listen, log, metrics, handler, limits } });
  return new EndpointFixture(host, state);
}

function revisionOf(state: FixtureState, feedId: string): number {
  if (state.isStoreBroken) throw new ProblemError('storeUnavailable');
  return state.revisions.get(feedId) ?? 0;
}

function controlledProtocol(mount: string, state: FixtureState): FeedProtocol {
  return {
    mount,
    answer: (query) => {
      state.queries.push(query);
      return Promise.resolve().then(() => state.answer(query));
    },
  };
}

function recordingLog(lines: string[]): Logger {
  const write = (...parts: readonly unknown[]): void => {
    lines.push(parts.map((part) => (part instanceof Error ? String(part.stack) : JSON.stringify(part))).join(' '));
  };
  const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };
  return log;
}
