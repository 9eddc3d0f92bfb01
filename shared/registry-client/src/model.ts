/**
 * The registry's model: what every process holds in memory, and what the change log changes.
 *
 * These schemas validate the registry's HTTP API, its database rows and the snapshots on disk; the OpenAPI description is
 * generated from them.
 */
import { z } from 'zod';

import {
  datacenterSchema,
  DEFAULT_BALANCING,
  familyBalancingSchema,
  quarantineSchema,
  rerouteSchema,
} from './balancing-model.ts';
import { entityIdSchema, feedNameSchema, isoInstantSchema, packageGlobsSchema } from './entity-fields.ts';
import { sourceSchema } from './source-model.ts';

export const scopeSchema = z.enum(['read', 'push', 'unlist', 'delete', 'manage']);
export type Scope = z.infer<typeof scopeSchema>;

const limitOf = (max: number) => z.number().int().min(1).max(max).nullable();

/** What a feed has that says nothing of its policy; also what feeds have that were written before there were policies. */
export const DEFAULT_FEED_POLICY = {
  overwrite: 'never',
  uploadWarnings: true,
  quotaBytes: null,
  quotaPackages: null,
  quotaVersions: null,
  keepStable: null,
  keepPrerelease: null,
  sharedIds: [] as string[],
  reservedIds: [] as string[],
} as const;

/** What may be done with the packages of a feed, and how much of it. */
const feedPolicyShape = {
  /** Whether a push may replace a version that exists: never, pre-releases only, or always. */
  overwrite: z.enum(['never', 'prerelease', 'always']).default(DEFAULT_FEED_POLICY.overwrite),
  /** Whether the answer to a push tells what could be better, in `X-NuGet-Warning`. */
  uploadWarnings: z.boolean().default(DEFAULT_FEED_POLICY.uploadWarnings),
  /** Most bytes of all package files together; null for no limit, as for the two that follow. */
  quotaBytes: limitOf(1024 ** 5).default(DEFAULT_FEED_POLICY.quotaBytes),
  /** Most package ids. */
  quotaPackages: limitOf(1_000_000_000).default(DEFAULT_FEED_POLICY.quotaPackages),
  /** Most versions of all ids together. */
  quotaVersions: limitOf(1_000_000_000).default(DEFAULT_FEED_POLICY.quotaVersions),
  /** How many of the newest stable versions of each id stay when older ones are removed; null for all. */
  keepStable: limitOf(1_000_000).default(DEFAULT_FEED_POLICY.keepStable),
  /** The same for pre-releases. */
  keepPrerelease: limitOf(1_000_000).default(DEFAULT_FEED_POLICY.keepPrerelease),
  /** Package ids that may come from foreign sources although a feed of the fleet has them. */
  sharedIds: packageGlobsSchema.default(DEFAULT_FEED_POLICY.sharedIds),
  /** Package ids that never come from foreign sources. */
  reservedIds: packageGlobsSchema.default(DEFAULT_FEED_POLICY.reservedIds),
};

export const feedSchema = z.strictObject({
  id: entityIdSchema,
  name: feedNameSchema,
  aliases: z.array(feedNameSchema).max(32),
  visibility: z.enum(['public', 'private']),
  owner: z.string().min(1).max(200),
  description: z.string().max(2000),
  /** What `DELETE` does to a package version. */
  deletion: z.enum(['unlist', 'delete']),
  /** Largest package that the feed takes, in bytes. */
  maxPackageBytes: z
    .number()
    .int()
    .min(1024)
    .max(10 * 1024 ** 3),
  ...feedPolicyShape,
  createdAt: isoInstantSchema,
});
export type Feed = z.infer<typeof feedSchema>;

export const apiKeySchema = z.strictObject({
  id: entityIdSchema,
  name: z.string().min(1).max(200),
  /** SHA-256 of the key, lower-case hex. Keys are 256 random bits, so a fast hash is enough. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  owner: z.string().min(1).max(200),
  /** Ids of feeds, or `all` (also those that come later). */
  feeds: z.union([z.literal('all'), z.array(entityIdSchema).min(1).max(1000)]),
  scopes: z.array(scopeSchema).min(1),
  /** Package ids that push, unlist and delete are allowed for; `*` stands for any run of characters. Without case. */
  packageGlobs: packageGlobsSchema.min(1),
  createdAt: isoInstantSchema,
  expiresAt: isoInstantSchema.nullable(),
});
export type ApiKey = z.infer<typeof apiKeySchema>;

export const familySchema = z.strictObject({
  id: entityIdSchema,
  title: z.string().max(200),
  balancing: familyBalancingSchema.default(DEFAULT_BALANCING),
});
export type Family = z.infer<typeof familySchema>;

/** Where instances run that say nothing of it. */
export const DEFAULT_DATACENTER = 'main';

export const instanceSchema = z.strictObject({
  id: entityIdSchema,
  family: entityIdSchema,
  /** Where the balancer reaches it: `http://127.0.0.1:5001`. */
  url: z
    .url({ protocol: /^https?$/ })
    .regex(/^https?:\/\/[^/?#@\\\s]+\/?$/i, 'a URL of scheme, host and port only, without user, path or query'),
  /** Its share of the requests beside the other instances, 100 being the usual one; 0 takes none. */
  weight: z.number().int().min(0).max(1_000).default(100),
  /** Where it runs. */
  datacenter: entityIdSchema.default(DEFAULT_DATACENTER),
  /** One that drains takes no new requests. */
  state: z.enum(['active', 'draining']).default('active'),
  /** Whether it is there for feeds in quarantine only. */
  pool: z.enum(['main', 'quarantine']).default('main'),
  /** Which build it runs, for comparisons. */
  release: z.string().max(100).default(''),
});
export type Instance = z.infer<typeof instanceSchema>;

const httpMethod = z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']);

/** A path prefix that belongs to a family. See `route-table.ts` for the grammar of patterns. */
export const routeSchema = z.strictObject({
  id: entityIdSchema,
  /** For example `/F/{feed}[/auth/{key}]/api/v2`. */
  pattern: z.string().startsWith('/').max(500),
  /** Only these methods; `null` for all. */
  methods: z.array(httpMethod).min(1).nullable(),
  family: entityIdSchema,
});
export type Route = z.infer<typeof routeSchema>;

export const entityKindSchema = z.enum([
  'feed',
  'key',
  'family',
  'instance',
  'route',
  'source',
  'reroute',
  'quarantine',
  'datacenter',
]);
export type EntityKind = z.infer<typeof entityKindSchema>;

/** One upsert (`value` given) or deletion (`value: null`). */
export const operationSchema = z.discriminatedUnion('entity', [
  z.strictObject({ entity: z.literal('feed'), id: entityIdSchema, value: feedSchema.nullable() }),
  z.strictObject({ entity: z.literal('key'), id: entityIdSchema, value: apiKeySchema.nullable() }),
  z.strictObject({ entity: z.literal('family'), id: entityIdSchema, value: familySchema.nullable() }),
  z.strictObject({ entity: z.literal('instance'), id: entityIdSchema, value: instanceSchema.nullable() }),
  z.strictObject({ entity: z.literal('route'), id: entityIdSchema, value: routeSchema.nullable() }),
  z.strictObject({ entity: z.literal('source'), id: entityIdSchema, value: sourceSchema.nullable() }),
  z.strictObject({ entity: z.literal('reroute'), id: entityIdSchema, value: rerouteSchema.nullable() }),
  z.strictObject({ entity: z.literal('quarantine'), id: entityIdSchema, value: quarantineSchema.nullable() }),
  z.strictObject({ entity: z.literal('datacenter'), id: entityIdSchema, value: datacenterSchema.nullable() }),
]);
export type Operation = z.infer<typeof operationSchema>;

/** One atomic step of the change log. Numbers are consecutive and start at 1. */
export const changeSchema = z.strictObject({
  number: z.number().int().min(1),
  at: isoInstantSchema,
  actor: z.string().max(200),
  summary: z.string().max(500),
  operations: z.array(operationSchema).min(1),
});
export type Change = z.infer<typeof changeSchema>;

/** Everything as of change `number`; 0 is the empty registry. */
export const snapshotSchema = z.strictObject({
  format: z.literal(1),
  fleetId: z.string().min(1),
  number: z.number().int().min(0),
  feeds: z.array(feedSchema),
  keys: z.array(apiKeySchema),
  families: z.array(familySchema),
  instances: z.array(instanceSchema),
  routes: z.array(routeSchema),
  /** Snapshots that were written before there were these have none. */
  sources: z.array(sourceSchema).default([]),
  reroutes: z.array(rerouteSchema).default([]),
  quarantines: z.array(quarantineSchema).default([]),
  datacenters: z.array(datacenterSchema).default([]),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** A registry with nothing in it. */
export const EMPTY_SNAPSHOT: Snapshot = snapshotSchema.parse({
  ...{ format: 1, fleetId: 'none', number: 0 },
  ...{ feeds: [], keys: [], families: [], instances: [], routes: [] },
});
