/** What observers and operators say to the status process about observing; both sides read it from here. */
import { instantSchema, observerNameSchema } from '@feedfleet/status-model';
import { z } from 'zod';

export const SAMPLES_PATH = '/api/samples';
export const PLAN_PATH = '/api/plan';
export const OBSERVERS_PATH = '/api/observers';

const observerEntrySchema = z.strictObject({
  name: observerNameSchema,
  /** `null` for the status process itself. */
  addedAt: instantSchema.nullable(),
  lastSeenAt: instantSchema.nullable(),
  isSilent: z.boolean(),
});
export type ObserverEntry = z.infer<typeof observerEntrySchema>;

export const observerListSchema = z.strictObject({ observers: z.array(observerEntrySchema) });
export const observerWriteSchema = z.strictObject({ name: observerNameSchema });
/** The secret is shown this once. */
export const observerWrittenSchema = z.strictObject({ observer: observerEntrySchema, secret: z.string() });
export const observerRemovedSchema = z.strictObject({ removed: observerNameSchema });

/** `duplicate`: the batch came before, and counts once. */
export const samplesAnswerSchema = z.strictObject({
  duplicate: z.boolean(),
  taken: z.number().int(),
  refused: z.array(z.strictObject({ index: z.number().int(), reason: z.string() })),
});
export type SamplesAnswer = z.infer<typeof samplesAnswerSchema>;
