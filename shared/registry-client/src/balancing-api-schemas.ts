/** Requests and answers of the registry's API about reroutes, quarantines, datacenters, and who changed what. */
import { z } from 'zod';

import { changeReceiptSchema } from './api-schemas.ts';
import { datacenterSchema, quarantineSchema, rerouteSchema } from './balancing-model.ts';
import { changeSchema, entityKindSchema } from './model.ts';

const feedWord = z.string().min(1).max(200).describe('Id, name or alias of a feed.');

/** Who sets it and when is the registry's to say. */
export const rerouteWriteSchema = z.strictObject({
  family: rerouteSchema.shape.family.describe('Whose requests are meant.'),
  to: rerouteSchema.shape.to.describe('Whose instances serve them.'),
  feed: feedWord
    .nullable()
    .default(null)
    .describe('Id, name or alias of the feed whose requests are meant; null for all.'),
  percent: rerouteSchema.shape.percent.default(100).describe('The share of the requests, in percent.'),
  reason: rerouteSchema.shape.reason.default(''),
  until: rerouteSchema.shape.until.default(null).describe('When it ends by itself; null for never.'),
});
export type RerouteWrite = z.input<typeof rerouteWriteSchema>;

export const quarantineWriteSchema = z.strictObject({
  reason: quarantineSchema.shape.reason.default(''),
  until: quarantineSchema.shape.until.default(null).describe('When it ends by itself; null for never.'),
});
export type QuarantineWrite = z.input<typeof quarantineWriteSchema>;

/** Which of them has the writes is changed by a failover only. */
export const datacenterWriteSchema = z.strictObject({
  title: datacenterSchema.shape.title.optional().describe('Default: as it is, or empty.'),
  position: datacenterSchema.shape.position.optional().describe('Default: as it is, or behind the others.'),
});
export type DatacenterWrite = z.input<typeof datacenterWriteSchema>;

export const failoverRequestSchema = z.strictObject({
  to: datacenterSchema.shape.id.describe('The datacenter that gets the writes.'),
  expectEpoch: datacenterSchema.shape.epoch
    .optional()
    .describe('The newest epoch that the caller knows of; when there is a newer one, nothing is changed.'),
  afterEpoch: datacenterSchema.shape.epoch
    .optional()
    .describe('An epoch that balancers were given past the registry: the new one is newer than that, too.'),
});
export type FailoverRequest = z.input<typeof failoverRequestSchema>;

export const rerouteListSchema = z.strictObject({ reroutes: z.array(rerouteSchema) });
export const rerouteWrittenSchema = z.strictObject({ reroute: rerouteSchema, change: changeReceiptSchema });
export const quarantineListSchema = z.strictObject({ quarantines: z.array(quarantineSchema) });
export const quarantineWrittenSchema = z.strictObject({ quarantine: quarantineSchema, change: changeReceiptSchema });
export const datacenterListSchema = z.strictObject({ datacenters: z.array(datacenterSchema) });
export const datacenterWrittenSchema = z.strictObject({ datacenter: datacenterSchema, change: changeReceiptSchema });
export type RerouteWritten = z.infer<typeof rerouteWrittenSchema>;
export type QuarantineWritten = z.infer<typeof quarantineWrittenSchema>;
export type DatacenterWritten = z.infer<typeof datacenterWrittenSchema>;

/** A change without the values: neither hashes of keys nor sealed credentials are in it. */
const auditEntrySchema = z.strictObject({
  number: changeSchema.shape.number,
  at: changeSchema.shape.at,
  actor: changeSchema.shape.actor,
  summary: changeSchema.shape.summary,
  entities: z.array(z.strictObject({ entity: entityKindSchema, id: z.string(), action: z.enum(['set', 'delete']) })),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditAnswerSchema = z.strictObject({
  number: z.number().int().min(0).describe('Number of the newest change.'),
  entries: z.array(auditEntrySchema).max(500).describe('Consecutive, oldest first.'),
});
export type AuditAnswer = z.infer<typeof auditAnswerSchema>;

export interface AuditQuery {
  /** Only changes after this number; without it, the newest ones. */
  readonly after?: number;
  /** At most so many entries, from 1 to 500. Default 100. */
  readonly limit?: number;
}
