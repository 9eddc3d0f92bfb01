/**
 * Requests and answers of the registry's HTTP API. The registry validates by these schemas, the client reads by them, and
 * the OpenAPI description is generated from them.
 */
import { z } from 'zod';

import { familyBalancingSchema } from './balancing-model.ts';
import { feedNameSchema } from './entity-fields.ts';
import {
  apiKeySchema,
  changeSchema,
  familySchema,
  feedSchema,
  instanceSchema,
  routeSchema,
  scopeSchema,
} from './model.ts';

/** As a caller may write a request: lists may be read-only ones. */
type Written<T> = {
  readonly [K in keyof T]: T[K] extends infer V ? (V extends (infer E)[] ? readonly E[] : V) : never;
};

const defaultMaxPackageBytes = 256 * 1024 ** 2;

/** What became of a write: its number, and how many of the processes that follow the registry have it already. */
export const changeReceiptSchema = z.strictObject({
  number: z.number().int().min(0).describe('Number of the change.'),
  applied: z.strictObject({
    processes: z.number().int().min(0).describe('Processes that have applied the change.'),
    of: z.number().int().min(0).describe('Processes that followed the registry within the last 30 s.'),
  }),
});
export type ChangeReceipt = z.infer<typeof changeReceiptSchema>;

/** Without their defaults, as those of feeds that follow. */
const familyBalancingFields = {
  policy: familyBalancingSchema.shape.policy.unwrap(),
  shardSize: familyBalancingSchema.shape.shardSize.unwrap(),
  maxConcurrent: familyBalancingSchema.shape.maxConcurrent.unwrap(),
  maxQueue: familyBalancingSchema.shape.maxQueue.unwrap(),
  queueMs: familyBalancingSchema.shape.queueMs.unwrap(),
  retries: familyBalancingSchema.shape.retries.unwrap(),
  hedgeAfterMs: familyBalancingSchema.shape.hedgeAfterMs.unwrap(),
  autoRerouteTo: familyBalancingSchema.shape.autoRerouteTo.unwrap(),
};

/** Without their defaults: a change leaves what it does not name. */
const feedPolicyFields = {
  overwrite: feedSchema.shape.overwrite.unwrap(),
  uploadWarnings: feedSchema.shape.uploadWarnings.unwrap(),
  quotaBytes: feedSchema.shape.quotaBytes.unwrap(),
  quotaPackages: feedSchema.shape.quotaPackages.unwrap(),
  quotaVersions: feedSchema.shape.quotaVersions.unwrap(),
  keepStable: feedSchema.shape.keepStable.unwrap(),
  keepPrerelease: feedSchema.shape.keepPrerelease.unwrap(),
  sharedIds: feedSchema.shape.sharedIds.unwrap(),
  reservedIds: feedSchema.shape.reservedIds.unwrap(),
};

const feedFields = {
  name: feedSchema.shape.name,
  aliases: feedSchema.shape.aliases,
  visibility: feedSchema.shape.visibility,
  owner: feedSchema.shape.owner,
  description: feedSchema.shape.description,
  deletion: feedSchema.shape.deletion,
  maxPackageBytes: feedSchema.shape.maxPackageBytes,
  ...feedPolicyFields,
};

export const feedCreationSchema = z.strictObject({
  ...feedFields,
  aliases: feedFields.aliases.default([]),
  visibility: feedFields.visibility.default('private'),
  owner: feedFields.owner.optional().describe('Default: who creates the feed.'),
  description: feedFields.description.default(''),
  deletion: feedFields.deletion.default('unlist'),
  maxPackageBytes: feedFields.maxPackageBytes.default(defaultMaxPackageBytes),
  overwrite: feedSchema.shape.overwrite,
  uploadWarnings: feedSchema.shape.uploadWarnings,
  quotaBytes: feedSchema.shape.quotaBytes,
  quotaPackages: feedSchema.shape.quotaPackages,
  quotaVersions: feedSchema.shape.quotaVersions,
  keepStable: feedSchema.shape.keepStable,
  keepPrerelease: feedSchema.shape.keepPrerelease,
  sharedIds: feedSchema.shape.sharedIds,
  reservedIds: feedSchema.shape.reservedIds,
});
/** Everything but the name has a default. */
export type FeedCreation = Written<z.input<typeof feedCreationSchema>>;

export const feedChangeSchema = z
  .strictObject(feedFields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'at least one field to change');
export type FeedChange = Written<z.input<typeof feedChangeSchema>>;

export const keyCreationSchema = z.strictObject({
  name: apiKeySchema.shape.name,
  owner: apiKeySchema.shape.owner.optional().describe('Default: who creates the key.'),
  feeds: z
    .union([z.literal('all'), z.array(feedNameSchema).min(1).max(1000)])
    .describe('Ids, names or aliases of feeds, or "all" (also those that come later).'),
  scopes: z.array(scopeSchema).min(1).max(5),
  packageGlobs: apiKeySchema.shape.packageGlobs.default(['*']),
  expiresAt: apiKeySchema.shape.expiresAt.default(null),
});
export type KeyCreation = Written<z.input<typeof keyCreationSchema>>;

/** A key as lists show it: never with its hash. */
export const keySummarySchema = apiKeySchema
  .omit({ hash: true })
  .extend({ lastUsedAt: z.iso.datetime({ offset: false }).nullable() });
export type KeySummary = z.infer<typeof keySummarySchema>;

export const familyWriteSchema = familySchema.omit({ id: true });
export const familyChangeSchema = z
  .strictObject({
    title: familySchema.shape.title,
    balancing: z.strictObject(familyBalancingFields).partial().describe('What it does not name stays as it is.'),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'at least one field to change');
export const instanceWriteSchema = instanceSchema.omit({ id: true });
export const routeWriteSchema = routeSchema.omit({ id: true });
/** What operators say of an instance; the rest is its own word. */
export const instanceChangeSchema = z
  .strictObject({
    weight: instanceSchema.shape.weight.unwrap(),
    state: instanceSchema.shape.state.unwrap(),
    pool: instanceSchema.shape.pool.unwrap(),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'at least one field to change');
export type FamilyWrite = Written<z.input<typeof familyWriteSchema>>;
export type FamilyChange = z.input<typeof familyChangeSchema>;
export type InstanceChange = z.input<typeof instanceChangeSchema>;
export type InstanceWrite = Written<z.input<typeof instanceWriteSchema>>;
export type RouteWrite = Written<z.input<typeof routeWriteSchema>>;

export const feedAnswerSchema = z.strictObject({ feed: feedSchema });
export const feedWrittenSchema = z.strictObject({ feed: feedSchema, change: changeReceiptSchema });
export const feedListSchema = z.strictObject({ feeds: z.array(feedSchema) });
export const keyListSchema = z.strictObject({ keys: z.array(keySummarySchema) });
export const keyCreatedSchema = z.strictObject({
  key: keySummarySchema,
  secret: z.string().describe('The key itself. Shown this once; only its hash is stored.'),
  change: changeReceiptSchema,
});
export const deletedSchema = z.strictObject({ change: changeReceiptSchema });
export const familyListSchema = z.strictObject({ families: z.array(familySchema) });
export const familyWrittenSchema = z.strictObject({ family: familySchema, change: changeReceiptSchema });
export const instanceListSchema = z.strictObject({ instances: z.array(instanceSchema) });
export const instanceWrittenSchema = z.strictObject({ instance: instanceSchema, change: changeReceiptSchema });
export const routeListSchema = z.strictObject({ routes: z.array(routeSchema) });
export const routeWrittenSchema = z.strictObject({ route: routeSchema, change: changeReceiptSchema });
export type FeedWritten = z.infer<typeof feedWrittenSchema>;
export type KeyCreated = z.infer<typeof keyCreatedSchema>;
export type Deleted = z.infer<typeof deletedSchema>;
export type FamilyWritten = z.infer<typeof familyWrittenSchema>;
export type InstanceWritten = z.infer<typeof instanceWrittenSchema>;
export type RouteWritten = z.infer<typeof routeWrittenSchema>;

export const bootstrapRequestSchema = z.strictObject({
  feedName: feedNameSchema,
  visibility: feedSchema.shape.visibility.default('public'),
});
export type BootstrapRequest = z.input<typeof bootstrapRequestSchema>;

export const bootstrapAnswerSchema = z.discriminatedUnion('created', [
  z.strictObject({ created: z.literal(false) }),
  z.strictObject({
    created: z.literal(true),
    feed: feedSchema,
    key: keySummarySchema,
    secret: z.string().describe('The admin key itself. Shown this once; only its hash is stored.'),
    change: changeReceiptSchema,
  }),
]);
export type BootstrapAnswer = z.infer<typeof bootstrapAnswerSchema>;

export const changesAnswerSchema = z.strictObject({
  fleetId: z.string().min(1),
  number: z.number().int().min(0).describe('Number of the newest change; more may have to be asked for.'),
  changes: z.array(changeSchema).max(500).describe('Consecutive, oldest first; empty when nothing came in time.'),
});
export type ChangesAnswer = z.infer<typeof changesAnswerSchema>;

export const keyUsageSchema = z.strictObject({
  uses: z
    .array(z.strictObject({ keyId: apiKeySchema.shape.id, lastUsedAt: z.iso.datetime({ offset: false }) }))
    .min(1)
    .max(1000),
});
export type KeyUsage = Written<z.infer<typeof keyUsageSchema>>;

export const keyUsageAnswerSchema = z.strictObject({ recorded: z.number().int().min(0) });

export const unsubscribedSchema = z.strictObject({ unsubscribed: z.boolean() });

export const subscriberSchema = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'an id of 1 to 64 letters, digits, ".", "_" or "-"'),
  number: z.number().int().min(0).describe('Number of the newest change that it has applied.'),
  lastPollAt: z.iso.datetime({ offset: false }),
  isPolling: z.boolean().describe('Whether it waits for changes at this moment.'),
});
export type Subscriber = z.infer<typeof subscriberSchema>;

export const fleetAnswerSchema = z.strictObject({
  fleetId: z.string().min(1),
  number: z.number().int().min(0),
  families: z.array(familySchema),
  instances: z.array(instanceSchema),
  subscribers: z.array(subscriberSchema),
});
export type FleetAnswer = z.infer<typeof fleetAnswerSchema>;
