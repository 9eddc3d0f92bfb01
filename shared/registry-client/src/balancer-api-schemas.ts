/**
 * What a balancer tells those who operate the fleet, and what it takes from them without the registry: overrides, which lie over
 * what the registry says until they are cleared.
 */
import { z } from 'zod';

import { datacenterSchema, quarantineSchema, rerouteSchema } from './balancing-model.ts';
import { entityIdSchema, isoInstantSchema } from './entity-fields.ts';
import { instanceSchema } from './model.ts';

const actorSchema = z.string().max(200).default('').describe('Who sets it, for the log.');

/** What of each kind of entity can be overridden. `null` takes away what the registry has under the id. */
export const overrideValueSchemas = {
  reroute: rerouteSchema
    .pick({ family: true, to: true, feed: true, percent: true, reason: true, until: true })
    .partial({ feed: true, percent: true, reason: true, until: true })
    .nullable(),
  quarantine: quarantineSchema.pick({ reason: true, until: true }).partial().nullable(),
  instance: z
    .strictObject({ state: z.enum(['active', 'draining']), weight: z.number().int().min(0).max(1_000) })
    .partial()
    .refine((change) => Object.keys(change).length > 0, 'a state, a weight or both'),
  /** The writes go to this datacenter, by an epoch that counts where it is newer than what the registry says. */
  datacenter: z.strictObject({ writes: z.literal(true), epoch: datacenterSchema.shape.epoch.optional() }),
} as const;

const overrideShape = { id: entityIdSchema, at: isoInstantSchema, actor: z.string().max(200) };

export const overrideSchema = z.discriminatedUnion('entity', [
  z.strictObject({ ...overrideShape, entity: z.literal('reroute'), value: overrideValueSchemas.reroute }),
  z.strictObject({ ...overrideShape, entity: z.literal('quarantine'), value: overrideValueSchemas.quarantine }),
  z.strictObject({ ...overrideShape, entity: z.literal('instance'), value: overrideValueSchemas.instance }),
  z.strictObject({ ...overrideShape, entity: z.literal('datacenter'), value: overrideValueSchemas.datacenter }),
]);
export type Override = z.infer<typeof overrideSchema>;
export type OverrideEntity = Override['entity'];

export const overrideWriteSchema = z.strictObject({ value: z.unknown(), actor: actorSchema });

export const overrideListSchema = z.strictObject({ overrides: z.array(overrideSchema) });
export const overrideWrittenSchema = z.strictObject({ override: overrideSchema });
export const overrideClearedSchema = z.strictObject({ cleared: z.boolean() });

const count = z.number().min(0);

/** What is counted of a family's requests in the last seconds. */
const familyLoadSchema = z.looseObject({
  id: z.string(),
  requestsPerSecond: count,
  /** The share that ended without an answer, or with one of 500 and above. */
  errorShare: count,
  p50Ms: count,
  p99Ms: count,
});

const memberSchema = z.looseObject({
  instance: instanceSchema,
  health: z.string(),
  why: z.string(),
  isTaking: z.boolean(),
  inFlight: count,
  latencyMs: count.optional(),
  requests: count,
  failures: count,
});

const feedLoadSchema = z.looseObject({
  feed: z.string(),
  requests: count,
  errors: count,
  shed: count,
  busyMs: count,
  answeredMs: count.nullable(),
});

/** Who says so: the registry, an override here, or the balancer itself. */
const originSchema = z.enum(['registry', 'override', 'automatic']);

/** Loose: a balancer that is newer than whoever asks tells more. */
export const balancerStateSchema = z.looseObject({
  instance: z.string(),
  at: isoInstantSchema,
  registry: z.looseObject({ number: count.nullable(), connected: z.boolean() }),
  families: z.array(familyLoadSchema),
  pools: z.array(z.looseObject({ family: z.string(), isPanicking: z.boolean(), members: z.array(memberSchema) })),
  compartments: z.looseObject({ topFeeds: z.array(feedLoadSchema), topFeedsForMs: count }),
  feeds: z.record(z.string(), z.string()).describe('Names of the feeds that are spoken of, by id.'),
  reroutes: z.array(rerouteSchema.extend({ origin: originSchema })),
  quarantines: z.array(quarantineSchema.extend({ origin: originSchema })),
  datacenters: z.array(datacenterSchema),
  overrides: z.array(overrideSchema),
});
export type BalancerState = z.infer<typeof balancerStateSchema>;
