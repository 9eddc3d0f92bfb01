/** What the registry says of balancing: how a family's instances share its requests, and what operators have decided for a time. */
import { z } from 'zod';

import { entityIdSchema, isoInstantSchema } from './entity-fields.ts';

/** How the requests of a family are shared and bounded. What a family says nothing of has these values. */
export const familyBalancingSchema = z.strictObject({
  /** The instance with the least load of two drawn ones; one after the other; or the same few for each feed. */
  policy: z.enum(['least-loaded', 'round-robin', 'rendezvous']).default('least-loaded'),
  /** Among how many instances each feed is spread where the policy is `rendezvous`. */
  shardSize: z.number().int().min(1).max(64).default(2),
  /** Most requests under way at one instance; what is measured may lower it. */
  maxConcurrent: z.number().int().min(1).max(100_000).default(256),
  /** Most requests that wait for their turn, for each class of requests. */
  maxQueue: z.number().int().min(0).max(100_000).default(512),
  /** How long a request waits for its turn at most, in milliseconds. */
  queueMs: z.number().int().min(0).max(60_000).default(1_000),
  /** Whether requests that may be repeated are tried at another instance. */
  retries: z.boolean().default(true),
  /** After how long without an answer a read is also asked of another instance, in milliseconds; null for never. */
  hedgeAfterMs: z.number().int().min(1).max(60_000).nullable().default(null),
  /** The family that takes over by itself while this one breaks its objective; null for none. */
  autoRerouteTo: entityIdSchema.nullable().default(null),
});
export type FamilyBalancing = z.infer<typeof familyBalancingSchema>;

export const DEFAULT_BALANCING: FamilyBalancing = Object.freeze(familyBalancingSchema.parse({}));

/** Requests for one family are served by another one's instances. */
export const rerouteSchema = z.strictObject({
  id: entityIdSchema,
  family: entityIdSchema,
  to: entityIdSchema,
  /** Id of the feed whose requests are meant; null for all feeds. */
  feed: entityIdSchema.nullable(),
  /** The share of the requests, in percent. */
  percent: z.number().int().min(1).max(100),
  reason: z.string().max(500),
  /** When it ends by itself; null for never. */
  until: isoInstantSchema.nullable(),
  createdAt: isoInstantSchema,
  /** Who set it. */
  actor: z.string().max(200),
});
export type Reroute = z.infer<typeof rerouteSchema>;

/** A feed that is kept apart from the others. */
export const quarantineSchema = z.strictObject({
  /** That of the feed. */
  id: entityIdSchema,
  reason: z.string().max(500),
  until: isoInstantSchema.nullable(),
  createdAt: isoInstantSchema,
  actor: z.string().max(200),
});
export type Quarantine = z.infer<typeof quarantineSchema>;

/** A place with instances of its own. Requests go to the first that can serve, in order of `position`. */
export const datacenterSchema = z.strictObject({
  id: entityIdSchema,
  title: z.string().max(200),
  position: z.number().int().min(0).max(1_000),
  /** Whether writes go here; true for one of them at most. */
  writes: z.boolean(),
  /** Grows with every failover of writes: who holds a smaller one is fenced. */
  epoch: z.number().int().min(0),
});
export type Datacenter = z.infer<typeof datacenterSchema>;
