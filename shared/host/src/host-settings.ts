/** The settings that every process has. Spread the shape in the process's own strict schema. */
import { secret } from '@feedfleet/settings';
import { z } from 'zod';
import type { HostLimits, ListenAddress, TraceTarget } from './host-options.ts';

const milliseconds = (min: number, max: number) => z.number().int().min(min).max(max);

export const hostSettingsShape = {
  instance: z.string().min(1).max(64).describe('Id of this instance in the registry, logs and metrics.'),
  listenHost: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  listenPort: z.number().int().min(0).max(65_535).describe('Port to listen on; 0 takes a free one.'),
  dataFolder: z.string().min(1).describe('The data folder of the fleet.'),
  registryUrl: z.url({ protocol: /^https?$/ }).describe('Where the registry listens.'),
  registryToken: secret(z.string().min(1).describe('Bearer token towards the registry.')),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('The least level that is logged.'),
  drainMs: milliseconds(0, 600_000).default(10_000).describe('How long a drain waits for requests under way, in ms.'),
  drainDelayMs: milliseconds(0, 60_000)
    .default(200)
    .describe('How long the listener stays open after readiness turned 503, in ms.'),
  requestTimeoutMs: milliseconds(1, 3_600_000)
    .default(60_000)
    .describe('Deadline of a request, in ms; a shorter one that the caller sends wins.'),
  headersTimeoutMs: milliseconds(1, 600_000).default(15_000).describe('How long request headers may take, in ms.'),
  keepAliveTimeoutMs: milliseconds(1, 3_600_000)
    .default(72_000)
    .describe('How long an idle connection is kept, in ms. Longer than the callers keep theirs.'),
  maxHeaderBytes: z.number().int().min(1024).max(1_048_576).default(16_384).describe('Largest request head, in bytes.'),
  traceEndpoint: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Where spans are posted as OTLP over HTTP, for example http://127.0.0.1:4318/v1/traces. Default: nowhere.',
    ),
  traceRatio: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe('The share of the traces begun here that is recorded; traces that a caller records always are.'),
  maxConnections: z.number().int().min(1).max(1_000_000).default(10_000).describe('Most connections at a time.'),
};

/** What the processes have that ask each other through the balancer: all but the balancer itself. */
export const fleetSettingsShape = {
  fleetSecret: secret(
    z
      .string()
      .min(32)
      .max(1000)
      .optional()
      .describe(
        'What the processes of a fleet know each other by, and what credentials of package sources are sealed with. The same for all of them.',
      ),
  ),
  balancerUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where the processes reach the balancer.'),
};

/** What the processes have that the balancer sends requests to, and that register themselves. */
export const instanceSettingsShape = {
  advertisedUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where the balancer reaches this process, when that is not where it listens.'),
  datacenter: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'an id of 1 to 64 letters, digits, ".", "_" or "-"')
    .default('main')
    .describe('Where this process runs.'),
  weight: z
    .number()
    .int()
    .min(0)
    .max(1_000)
    .optional()
    .describe(
      'Its share of the requests beside the other instances of its family, unless an operator has said otherwise. Default: 100, the usual one.',
    ),
  pool: z.enum(['main', 'quarantine']).default('main').describe('Whether it is there for feeds in quarantine only.'),
  release: z.string().max(100).default('').describe('Which build it runs, for comparisons.'),
};

type InstanceSettings = z.output<z.ZodObject<typeof instanceSettingsShape>>;

/** What an instance tells the registry of itself. @param url - where it listens. */
export function instanceOf(
  family: string,
  url: string,
  { instance: id, advertisedUrl, datacenter, weight, pool, release }: InstanceSettings & Pick<HostSettings, 'instance'>,
): Omit<InstanceSettings, 'advertisedUrl'> & { readonly id: string; readonly family: string; readonly url: string } {
  return { id, family, url: advertisedUrl ?? url, datacenter, weight, pool, release };
}

export type HostSettings = z.output<z.ZodObject<typeof hostSettingsShape>>;

/** The part of `startHost`'s options that comes from the settings. */
export function hostOptionsOf(
  settings: Omit<HostSettings, 'dataFolder' | 'registryUrl' | 'registryToken' | 'logLevel'>,
): {
  readonly instance: string;
  readonly listen: ListenAddress;
  readonly limits: HostLimits;
  readonly traces: TraceTarget | undefined;
  readonly drainMs: number;
  readonly drainDelayMs: number;
} {
  const { instance, listenHost, listenPort, drainMs, drainDelayMs, traceEndpoint, traceRatio, ...limits } = settings;
  const { requestTimeoutMs, headersTimeoutMs, keepAliveTimeoutMs, maxHeaderBytes, maxConnections } = limits;
  return {
    instance,
    listen: { host: listenHost, port: listenPort },
    limits: { requestTimeoutMs, headersTimeoutMs, keepAliveTimeoutMs, maxHeaderBytes, maxConnections },
    traces: traceEndpoint === undefined ? undefined : { endpoint: traceEndpoint, ratio: traceRatio },
    drainMs,
    drainDelayMs,
  };
}
