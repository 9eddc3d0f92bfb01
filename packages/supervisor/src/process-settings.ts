/**
 * Which settings each process has: a name that none has is refused before anything is started.
 *
 * Written down here because the supervisor loads no process, nor the host that they share; a test holds it against their schemas.
 */
import type { ProcessName } from './fleet-process.ts';

/** What the supervisor gives to each process itself, so that nobody else can. */
export const GIVEN_SETTINGS: readonly string[] = [
  'instance',
  'listenHost',
  'listenPort',
  'opsPort',
  'dataFolder',
  'registryUrl',
  'registryToken',
  'fleetSecret',
  'balancerUrl',
  'balancerOpsUrls',
  'logLevel',
  'drainMs',
  'aloneLogFile',
];

const HOST_SETTINGS: readonly string[] = [
  'drainDelayMs',
  'requestTimeoutMs',
  'headersTimeoutMs',
  'keepAliveTimeoutMs',
  'maxHeaderBytes',
  'maxConnections',
  'traceEndpoint',
  'traceRatio',
];
const INSTANCE_SETTINGS: readonly string[] = [
  ...HOST_SETTINGS,
  'advertisedUrl',
  'datacenter',
  'weight',
  'pool',
  'release',
];
/** Of pushes, wherever they are taken: what `processes.push` says of these holds for those that stand in for it too. */
export const WRITE_SETTINGS: readonly string[] = [
  'maxPackageBytes',
  'maxConcurrentPushes',
  'maxQueuedPushes',
  'maxConcurrentUploads',
  'minUploadBytesPerSecond',
  'refusedBodyBytes',
  'refusedBodyMs',
];
/** Where package files are: what `processes.push` says of these holds for all families, for they have the same files. */
export const STORAGE_SETTINGS: readonly string[] = [
  'storage',
  'storageContainer',
  'storagePrefix',
  'storageUrl',
  'storageRegion',
  'storageCaFile',
  'storageTimeoutMs',
  'storageConnections',
  'storageCacheBytes',
];
const FAMILY_SETTINGS: readonly string[] = [
  ...INSTANCE_SETTINGS,
  ...WRITE_SETTINGS,
  ...STORAGE_SETTINGS,
  'cacheBytes',
  'blobCacheBytes',
  'sourceCacheBytes',
  'mirrorBytes',
  'serverTiming',
  'downloadFlushMs',
  'downloadRevealMs',
];

const OBSERVING_SETTINGS: readonly string[] = [
  'familyIntervalMs',
  'instanceIntervalMs',
  'writeIntervalMs',
  'slowAnswerMs',
  'probeTimeoutMs',
  'canaryFeed',
  'canary',
  'certificateUrls',
  'storageUrls',
];
const NOTICE_SETTINGS: readonly string[] = ['smtpUrl', 'mailFrom', 'objectivePercent'];

/** What `processes.<name>` may hold, and what the environment may. */
export const PROCESS_SETTINGS: Readonly<Record<ProcessName, readonly string[]>> = {
  status: [
    ...HOST_SETTINGS,
    ...OBSERVING_SETTINGS,
    ...NOTICE_SETTINGS,
    'opsHost',
    'publicUrl',
    'pageUrl',
    'pageTitle',
    'pageFolder',
  ],
  registry: [...HOST_SETTINGS, 'publicUrl'],
  default: FAMILY_SETTINGS,
  v1: FAMILY_SETTINGS,
  v2: FAMILY_SETTINGS,
  v3: FAMILY_SETTINGS,
  symbols: FAMILY_SETTINGS,
  push: [...INSTANCE_SETTINGS, ...WRITE_SETTINGS, ...STORAGE_SETTINGS, 'retentionRestMs'],
  balancer: [
    ...HOST_SETTINGS,
    'opsHost',
    'accessLog',
    'tlsPort',
    'tlsFolder',
    'maxConnectionsPerClient',
    'trustedProxies',
    'forwardedHeaders',
    'publicUrl',
    'pathPrefix',
    'transport',
    'connectTimeoutMs',
    'idleTimeoutMs',
    'discardTimeoutMs',
    'maxBodyBytes',
    'maxHeldRequests',
    'automaticQuarantine',
    'quarantineSaturating',
    'maxUrlBytes',
  ],
};
