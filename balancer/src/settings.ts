/** The balancer's settings. */
import { fleetSettingsShape, hostSettingsShape } from '@feedfleet/host';
import { z } from 'zod';
import { isPathPrefix } from './forwarded.ts';
import type { ForwardedRules, PublicUrl } from './forwarded.ts';
import { isHost } from './host-name.ts';
import { isNetwork, trustedProxies } from './trusted-proxies.ts';

const GIBIBYTE = 1024 ** 3;

const milliseconds = (max: number) => z.number().int().min(1).max(max);

const trimmedPath = (path: string): string => path.replace(/\/+$/, '');

export const balancerSettingsSchema = z.strictObject({
  ...hostSettingsShape,
  fleetSecret: fleetSettingsShape.fleetSecret,
  opsHost: z.string().min(1).default('127.0.0.1').describe('Address of the listener for metrics and health.'),
  opsPort: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe('Port of the listener for metrics and health; 0 takes a free one. The public listener has no metrics.'),
  tlsPort: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe('Port of the listener with TLS and HTTP/2; 0 takes a free one. Default: there is none.'),
  tlsFolder: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of the certificates, as NAME.crt (with its chain) and NAME.key in PEM; default.crt is for clients that name no host. Taken up anew when a file changes.',
    ),
  maxConnectionsPerClient: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(1_000)
    .describe('Most connections of one address at a time; trusted proxies and this machine have no such limit.'),
  trustedProxies: z
    .array(z.string().refine(isNetwork, 'an address or a network such as 10.0.0.0/8'))
    .max(100)
    .default([])
    .describe('Proxies whose headers about the client count, as addresses and networks in CIDR notation.'),
  forwardedHeaders: z
    .enum(['x-forwarded', 'rfc7239'])
    .default('x-forwarded')
    .describe('Which headers the trusted proxies set: X-Forwarded-*, or Forwarded.'),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .refine((url) => publicUrlOf(url) !== undefined, 'an http or https URL with a host and a plain path, nothing else')
    .optional()
    .describe('The URL under which clients reach the fleet; overrides what requests say about it.'),
  pathPrefix: z
    .string()
    .transform(trimmedPath)
    .refine((prefix) => prefix === '' || isPathPrefix(prefix), 'a path such as /nuget')
    .default('')
    .describe('A path that is accepted in front of every path, and taken off before routing.'),
  transport: z
    .enum(['connector', 'http-proxy'])
    .default('connector')
    .describe('The engine that carries requests to endpoints: our own connector, or http-proxy behind guards.'),
  accessLog: z
    .boolean()
    .default(true)
    .describe('Whether every request and how it ended is written to logs/<instance>.access.log in the data folder.'),
  connectTimeoutMs: milliseconds(60_000).default(2_000).describe('How long connecting to an endpoint may take, in ms.'),
  idleTimeoutMs: milliseconds(3_600_000)
    .default(60_000)
    .describe('The longest silence while a body flows either way, in ms.'),
  discardTimeoutMs: milliseconds(600_000)
    .default(30_000)
    .describe('How long the rest of a body is read after an early answer, in ms.'),
  maxBodyBytes: z
    .number()
    .int()
    .min(1024)
    .max(1024 * GIBIBYTE)
    .default(11 * GIBIBYTE)
    .describe('Largest request body, in bytes. Feeds have limits of their own below it.'),
  maxHeldRequests: z
    .number()
    .int()
    .min(10)
    .max(1_000_000)
    .default(10_000)
    .describe('Most requests under way and waiting, of all families. The less critical are turned away before.'),
  automaticQuarantine: z
    .boolean()
    .default(true)
    .describe('Whether a feed that brings instances down again and again is kept apart by itself for a while.'),
  quarantineSaturating: z
    .boolean()
    .default(false)
    .describe('Whether a feed that keeps its whole share of a family and its line full for 30 s is kept apart, too.'),
  maxUrlBytes: z.number().int().min(256).max(65_536).default(8_192).describe('Longest path with its query, in bytes.'),
});

export type BalancerSettings = z.output<typeof balancerSettingsSchema>;

/** Addresses from which the connections of many come: trusted proxies, and the fleet's own processes. */
export function sharedAddresses({ trustedProxies: proxies }: Pick<BalancerSettings, 'trustedProxies'>) {
  return trustedProxies([...proxies, '127.0.0.0/8', '::1']);
}

/** @returns `undefined` when the URL has parts that the URLs of answers cannot start with. */
export function publicUrlOf(text: string): PublicUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, host, pathname, username, password, search, hash } = new URL(text);
  const prefix = trimmedPath(pathname);
  if (username + password + search + hash !== '' || !isHost(host)) return undefined;
  if (prefix !== '' && !isPathPrefix(prefix)) return undefined;
  return { proto: protocol === 'https:' ? 'https' : 'http', host, prefix };
}

export function forwardedRulesOf(settings: BalancerSettings): ForwardedRules {
  return {
    isTrusted: trustedProxies(settings.trustedProxies),
    dialect: settings.forwardedHeaders,
    publicUrl: settings.publicUrl === undefined ? undefined : publicUrlOf(settings.publicUrl),
    pathPrefix: settings.pathPrefix,
  };
}
