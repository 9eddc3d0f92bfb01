/** A store on a folder of its own, for the tests of pushes, and a look at what lies in it. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEFAULT_PACKAGE_LIMITS } from '@feedfleet/nupkg';
import { ProblemError } from '@feedfleet/problems';
import { DEFAULT_FEED_POLICY } from '@feedfleet/registry-client';
import type { Feed } from '@feedfleet/registry-client';
import { openEmbeddedStore } from '@feedfleet/store';
import type { BlobStore, EmbeddedStore, MetadataStore } from '@feedfleet/store';
import { PushService } from './push-service.ts';
import type { PushRequest, RenderFragments } from './push-service.ts';
import { SymbolPushService } from './symbol-push-service.ts';

export const OWNER = 'push-1';

export const sampleFeed: Feed = {
  id: 'feed-1',
  name: 'Tools',
  aliases: ['gear'],
  visibility: 'public',
  owner: 'somebody',
  description: '',
  deletion: 'unlist',
  maxPackageBytes: 1_000_000,
  ...DEFAULT_FEED_POLICY,
  createdAt: '2026-01-01T00:00:00Z',
};

export interface PushFixture {
  readonly folder: string;
  readonly store: EmbeddedStore;
  readonly litter: unknown[];
  /** Files of packages, in place or on their way. */
  files(): readonly string[];
  service(replaced?: {
    readonly metadata?: MetadataStore;
    readonly blobs?: BlobStore;
    readonly renderFragments?: RenderFragments;
  }): PushService;
  symbolService(replaced?: { readonly metadata?: MetadataStore; readonly blobs?: BlobStore }): SymbolPushService;
  close(): void;
}

const renderSample: RenderFragments = ({ id }, { sizeBytes }) => ({
  'v2-entry': { format: 7, text: `entry of ${id}` },
  'v3-leaf': { format: 8, text: `leaf of ${sizeBytes}` },
});

export async function openPushFixture(): Promise<PushFixture> {
  const folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-push-'));
  const store = await openEmbeddedStore({ folder, instance: OWNER });
  const litter: unknown[] = [];
  return {
    folder,
    store,
    litter,
    files: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.startsWith('feedfleet.db'))
        .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name))),
    service: (replaced = {}) =>
      new PushService({
        metadata: replaced.metadata ?? store.metadata,
        blobs: replaced.blobs ?? store.blobs,
        renderFragments: replaced.renderFragments ?? renderSample,
        packageLimits: DEFAULT_PACKAGE_LIMITS,
        owner: OWNER,
        now: () => Date.UTC(2026, 10, 22),
        onLitter: (error) => litter.push(error),
      }),
    symbolService: (replaced = {}) =>
      new SymbolPushService({
        metadata: replaced.metadata ?? store.metadata,
        blobs: replaced.blobs ?? store.blobs,
        symbols: store.symbols,
        packageLimits: DEFAULT_PACKAGE_LIMITS,
        owner: OWNER,
        onLitter: (error) => litter.push(error),
      }),
    close: () => {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function* bytesOf(content: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(content.subarray(0, 100));
  yield content.subarray(100);
}

/** A push as the endpoint asks for it, by somebody who may do anything and waits for nobody. */
export function pushRequest(content: Buffer, changed: Partial<PushRequest> = {}): PushRequest {
  return {
    feed: sampleFeed,
    content: bytesOf(content),
    fileName: '',
    maxBytes: 1_000_000,
    listed: true,
    permit: () => undefined,
    turn: () => Promise.resolve(() => undefined),
    signal: new AbortController().signal,
    ...changed,
  };
}

/** The object, with one method that fails before or after it has done its work. */
export function failing<T extends object>(target: T, method: keyof T, when: 'before' | 'after'): T {
  return new Proxy(target, {
    get(object, name) {
      const value: unknown = Reflect.get(object, name, object);
      if (typeof value !== 'function') return value;
      const bound = value.bind(object) as (...args: unknown[]) => unknown;
      if (name !== method) return bound;
      return async (...args: unknown[]) => {
        if (when === 'after') await bound(...args);
        throw new ProblemError('storeUnavailable', { detail: `injected ${when} ${String(name)}` });
      };
    },
  });
}
