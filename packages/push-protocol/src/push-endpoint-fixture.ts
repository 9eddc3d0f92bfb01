/** The push endpoint on a port of its own, over a public feed `Tools` (`feed-1`) and a private one `Secret` (`feed-2`) that deletes. */
import { connect } from 'node:net';
import { createLogger, createMetrics, startHost } from '@feedfleet/host';
import type { Metrics, RunningHost } from '@feedfleet/host';
import { EMPTY_SNAPSHOT, hashKey, newKey, RegistryView } from '@feedfleet/registry-client';
import type { ApiKey, Datacenter, Feed } from '@feedfleet/registry-client';
import type { StoredVersion } from '@feedfleet/store';
import { KeptGrant } from './kept-grant.ts';
import { PushEndpoint } from './push-endpoint.ts';
import { openPushFixture, sampleFeed } from './push-fixture.ts';
import { PushGate } from './push-gate.ts';
import { UploadGate } from './upload-gate.ts';
import { WriteFence } from './write-fence.ts';

const NOW = Date.UTC(2026, 10, 22);
const DRAIN_BYTES = 2_000_000;

/** `pusher` may do all with all feeds but manage them, `narrow` push `Acme.*` to `Tools`, `reader` read. */
export const keys = { pusher: newKey(), narrow: newKey(), reader: newKey() };

const feeds: readonly Feed[] = [
  sampleFeed,
  { ...sampleFeed, id: 'feed-2', name: 'Secret', aliases: [], visibility: 'private', deletion: 'delete' },
];

function viewOf(datacenters: readonly Datacenter[]): RegistryView {
  const key = (secret: string, changed: Partial<ApiKey>): ApiKey => ({
    ...{ id: 'pusher', name: 'the pusher', hash: hashKey(secret), owner: 'somebody', feeds: 'all' },
    ...{ scopes: ['read', 'push', 'unlist', 'delete'], packageGlobs: ['*'] },
    ...{ createdAt: '2026-01-01T00:00:00Z', expiresAt: null },
    ...changed,
  });
  return RegistryView.of({
    ...EMPTY_SNAPSHOT,
    ...{ fleetId: 'fleet', number: 1 },
    feeds: [...feeds],
    datacenters: [...datacenters],
    keys: [
      key(keys.pusher, {}),
      key(keys.narrow, { id: 'narrow', packageGlobs: ['Acme.*'], feeds: ['feed-1'], scopes: ['push'] }),
      key(keys.reader, { id: 'reader', scopes: ['read'] }),
    ],
  });
}

interface Sent {
  readonly method?: string;
  /** Default: that of the pusher; empty for none. */
  readonly key?: string;
  readonly body?: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A package as clients send it. */
export function form(content: Buffer): { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> } {
  const head = '--b\r\nContent-Disposition: form-data; name=package; filename=package.nupkg\r\n\r\n';
  return {
    body: Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n--b--\r\n')]),
    headers: { 'content-type': 'multipart/form-data; boundary="b"' },
  };
}

/** What grants of writes are signed with. */
export const WRITES_KEY = Buffer.alloc(32, 7);

export interface PushEndpointFixture {
  readonly url: string;
  readonly port: number;
  readonly folder: string;
  readonly metrics: Metrics;
  readonly gate: PushGate;
  readonly uploads: UploadGate;
  /** Ids of the keys that were used. */
  readonly used: readonly string[];
  files(): readonly string[];
  versionsOf(id: string, feedId?: string): Promise<readonly StoredVersion[]>;
  send(path: string, sent?: Sent): Promise<Response>;
  /** What a client that sends everything before it reads gets to read. */
  raw(...pieces: readonly (string | Buffer)[]): Promise<string>;
  /** From now on the fleet has these; the endpoint runs in `west`. */
  setDatacenters(datacenters: readonly Datacenter[]): void;
  /** From now on the store answers nothing. */
  closeStore(): void;
  close(): Promise<void>;
}

export async function openPushEndpoint(): Promise<PushEndpointFixture> {
  const fixture = await openPushFixture();
  const metrics = createMetrics({ service: 'push', instance: 'push-1' });
  const gate = new PushGate({ maxConcurrent: 1, maxQueued: 0 });
  const uploads = new UploadGate(4);
  const used: string[] = [];
  let view = viewOf([]);
  const registry = { current: () => view, reportKeyUse: (keyId: string) => void used.push(keyId) };
  const grant = new KeptGrant({ dataFolder: fixture.folder, key: WRITES_KEY });
  const fence = new WriteFence({ registry, datacenter: 'west', grant });
  const { handler } = new PushEndpoint({
    ...{ service: fixture.service(), symbols: fixture.symbolService() },
    ...{ gate, uploads, uploadRate: { minBytesPerSecond: 0, graceMs: 0 } },
    ...{ registry, fence },
    maxPackageBytes: 10_000_000,
    drain: { maxBytes: DRAIN_BYTES, maxMs: 2000 },
    metrics,
    now: () => NOW,
  });
  const host = await startHost({
    ...{ service: 'push', instance: 'push-1', listen: { host: '127.0.0.1', port: 0 }, metrics, handler, drainMs: 100 },
    log: createLogger({ service: 'push', instance: 'push-1', level: 'error' }),
  });
  return {
    ...{ url: host.url, port: host.port, folder: fixture.folder, metrics, gate, uploads, used },
    files: () => fixture.files(),
    versionsOf: (id, feedId = sampleFeed.id) => fixture.store.metadata.versionsOf(feedId, id),
    send: (path, sent) => send(host, path, sent),
    raw: (...pieces) => raw(host, pieces),
    setDatacenters: (datacenters) => {
      view = viewOf(datacenters);
    },
    closeStore: () => fixture.store.close(),
    close: async () => {
      await host.drain();
      fixture.close();
    },
  };
}

function send(host: RunningHost, path: string, { method = 'PUT', key = keys.pusher, body, headers = {} }: Sent = {}) {
  const apiKey: Record<string, string> = key === '' ? {} : { 'x-nuget-apikey': key };
  return fetch(`${host.url}${path}`, {
    method,
    headers: { ...apiKey, ...headers },
    body: body === undefined ? null : new Uint8Array(Buffer.from(body as string)),
  });
}

function raw(host: RunningHost, pieces: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(host.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
    for (const piece of pieces) socket.write(piece);
  });
}
