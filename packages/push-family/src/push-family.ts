/**
 * What takes pushes, put together: the store opened for writing under a name of its own, and the handler of everything that the family
 * `push` serves.
 *
 * Its own process and those that stand in for it run the same: several of them may write to one data folder at a time, each under
 * its own name.
 */
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Logger, Metrics, RawHandler, WriteSettings } from '@feedfleet/host';
import { DEFAULT_PACKAGE_LIMITS } from '@feedfleet/nupkg';
import {
  AdvisoryEndpoint,
  KeptGrant,
  PushEndpoint,
  PushGate,
  PushService,
  SourceCopyEndpoint,
  SourcePinEndpoint,
  SourceTestEndpoint,
  SymbolPushService,
  UploadGate,
  WriteFence,
  behindFence,
} from '@feedfleet/push-protocol';
import { fleetKeys, parseFeedPath } from '@feedfleet/registry-client';
import type { RegistryMirror } from '@feedfleet/registry-client';
import { RetentionEndpoint, isManaged } from '@feedfleet/retention';
import { openEmbeddedStore } from '@feedfleet/store';
import type { EmbeddedStore, EmbeddedStoreOptions } from '@feedfleet/store';
import { renderFragments } from './render-fragments.ts';
import { testSources } from './test-sources.ts';
import type { SourceTests, TestOptions } from './test-sources.ts';

export interface PushStoreOptions {
  readonly dataFolder: string;
  /** Under whose name files are staged and blobs announced: the same after a restart, and one process at a time. */
  readonly owner: string;
  /** Of the process, where package files are not on the disk. */
  readonly remoteBlobs?: EmbeddedStoreOptions['remoteBlobs'];
  readonly log: Logger;
  /** Aborts when the process is to end. */
  readonly signal: AbortSignal;
}

/** The store as pushes write to it. */
export interface PushStore {
  readonly store: EmbeddedStore;
  readonly service: PushService;
  readonly symbols: SymbolPushService;
  /** When no request is under way any more. */
  close(): void;
}

/** For the process before this one, which may outlive its supervisor by its whole drain of 30 s. */
const PREDECESSOR_WAIT_MS = 45_000;

/** How long an upload may take before its rate is judged. */
const UPLOAD_GRACE_MS = 30_000;

/** How often the files of replaced versions are looked for whose time is over. */
const COLLECT_MS = 60_000;

/**
 * With what the last run under this name left in the middle taken back.
 *
 * @throws {ProblemError} `FF_ALREADY_RUNNING` when another process keeps the name; `FF_STORE_UNAVAILABLE`; the signal's reason.
 */
export async function openPushStore(options: PushStoreOptions): Promise<PushStore> {
  const { dataFolder, owner, remoteBlobs, log, signal } = options;
  const store = await openEmbeddedStore({
    folder: join(dataFolder, 'store'),
    instance: owner,
    log,
    memoryCacheBytes: 0,
    remoteBlobs,
    holdInstance: { waitMs: PREDECESSOR_WAIT_MS, signal },
  });
  const publication = {
    ...store,
    packageLimits: DEFAULT_PACKAGE_LIMITS,
    owner,
    onLitter: (error: unknown) => log.error('push not taken back', error),
  };
  const service = new PushService({ ...publication, renderFragments, now: Date.now });
  const symbols = new SymbolPushService(publication);
  try {
    const recovered = await service.recover();
    log.info('recovered', { 'staging.removed': recovered.stagedFiles, 'blobs.removed': recovered.blobs });
  } catch (error) {
    store.close();
    throw error;
  }
  const collecting = setInterval(() => void service.collect(), COLLECT_MS).unref();
  const close = (): void => {
    clearInterval(collecting);
    store.close();
  };
  return { store, service, symbols, close };
}

export interface PushFamilyOptions {
  readonly settings: WriteSettings & { readonly dataFolder: string; readonly datacenter: string };
  readonly opened: PushStore;
  /** For tests of package sources. */
  readonly reach: TestOptions;
  readonly registry: RegistryMirror;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface PushFamily {
  readonly handler: RawHandler;
  readonly fence: WriteFence;
  /** For `startHost({ checked })`: checks carry what is said past the registry. */
  readonly checked: (request: IncomingMessage) => void;
  /** When no request is under way any more. */
  close(): Promise<void>;
}

export function createPushFamily(options: PushFamilyOptions): PushFamily {
  const { settings, reach, registry, log } = options;
  const { dataFolder, datacenter } = settings;
  const key = reach.fleetSecret === undefined ? undefined : fleetKeys(reach.fleetSecret).writes;
  const fence = new WriteFence({ registry, datacenter, grant: new KeptGrant({ dataFolder, key }) });
  const tests = testSources(reach);
  const checked = (request: IncomingMessage): void => {
    try {
      fence.hear(request);
    } catch (error) {
      log.error('what was said of the writes is not kept', error);
    }
  };
  return { handler: handlerOf(options, { fence, tests }), fence, checked, close: () => tests.close() };
}

interface HandlerParts {
  readonly fence: WriteFence;
  readonly tests: SourceTests;
}

/** Pushes, and what owners and managers of a feed do beside them. */
function handlerOf(
  { settings, opened, registry, metrics }: PushFamilyOptions,
  { fence, tests }: HandlerParts,
): RawHandler {
  const { store, service, symbols } = opened;
  const drain = { maxBytes: settings.refusedBodyBytes, maxMs: settings.refusedBodyMs };
  const pushes = new PushEndpoint({
    ...{ service, symbols },
    gate: new PushGate({ maxConcurrent: settings.maxConcurrentPushes, maxQueued: settings.maxQueuedPushes }),
    uploads: new UploadGate(settings.maxConcurrentUploads),
    uploadRate: { minBytesPerSecond: settings.minUploadBytesPerSecond, graceMs: UPLOAD_GRACE_MS },
    ...{ registry, fence },
    maxPackageBytes: settings.maxPackageBytes,
    drain,
    metrics,
    now: Date.now,
  });
  const advisories = new AdvisoryEndpoint({ ...store, registry, drain, now: Date.now, otherwise: pushes.handler });
  const managed = new RetentionEndpoint({ store, registry, now: Date.now });
  const otherwise: RawHandler = (request, response, context) => {
    const isForManagers = isManaged(parseFeedPath(request.url ?? '/')?.rest ?? '');
    (isForManagers ? managed : advisories).handler(request, response, context);
  };
  const copies = new SourceCopyEndpoint({ ...store, registry, now: Date.now, otherwise });
  const { handler } = new SourcePinEndpoint({ ...store, registry, now: Date.now, otherwise: copies.handler });
  const writes = behindFence(fence, { drain, handler });
  return new SourceTestEndpoint({ ...tests, registry, now: Date.now, otherwise: writes }).handler;
}
