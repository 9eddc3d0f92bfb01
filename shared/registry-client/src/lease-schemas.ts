/** How an instance tells the registry that it is there, again and again for as long as it is. */
import { z } from 'zod';

import { changeReceiptSchema } from './api-schemas.ts';
import { instanceSchema } from './model.ts';

export const leaseRequestSchema = z.strictObject({
  family: instanceSchema.shape.family,
  url: instanceSchema.shape.url,
  datacenter: instanceSchema.shape.datacenter,
  pool: instanceSchema.shape.pool,
  release: instanceSchema.shape.release,
  weight: instanceSchema.shape.weight
    .unwrap()
    .optional()
    .describe('Unless an operator has said otherwise. Default 100.'),
  leaseMs: z.number().int().min(1_000).max(600_000).describe('After how long without a renewal it is gone, in ms.'),
  holder: z
    .string()
    .regex(/^[A-Za-z0-9_-]{8,64}$/, '8 to 64 letters, digits, "_" or "-"')
    .describe('Of this run of the process, so that an older one with the same id does not speak for it.'),
  isRenewal: z.boolean().describe('Whether this run has registered before.'),
});
export type LeaseRequest = z.input<typeof leaseRequestSchema>;

export const leaseAnswerSchema = z.strictObject({
  instance: instanceSchema,
  change: changeReceiptSchema.nullable().describe('null when everything was as it is.'),
});
export type LeaseAnswer = z.infer<typeof leaseAnswerSchema>;

export const leaveAnswerSchema = z.strictObject({
  change: changeReceiptSchema.nullable().describe('null when it was not there, or is held by another run.'),
});
