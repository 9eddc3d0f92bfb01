/**
 * What observers report. One round of an observer looks once at one component: all probes of a family through the balancer, or one
 * cheap probe of one instance. Its sample is the worst of its probes.
 */
import { z } from 'zod';

import { instantSchema } from './states.ts';

/**
 * `family:v2` as clients reach it, `instance:v2-1` directly. More kinds may come.
 */
export const componentSchema = z
  .string()
  .regex(/^(family|instance):[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'family:<id> or instance:<id>');
export const observerNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, '1 to 40 lower-case letters, digits and hyphens');

/** `ok`: right and in time. `slow`: right, but later than the probe's limit. `failed`: wrong, or no answer. */
export const verdictSchema = z.enum(['ok', 'slow', 'failed']);
export type Verdict = z.infer<typeof verdictSchema>;

export const sampleSchema = z.strictObject({
  component: componentSchema,
  /** When the round ended. */
  at: instantSchema,
  verdict: verdictSchema,
  /** Of the slowest probe that answered; `null` when none did. */
  latencyMs: z.number().min(0).max(600_000).nullable(),
  /** Of the worst probe: `download: sha512 differs`. No secrets, no names of private feeds. */
  reason: z.string().max(300).nullable(),
});
export type Sample = z.infer<typeof sampleSchema>;

/** What observers call themselves (`User-Agent`), so that requests of clients can be counted without theirs. */
export const OBSERVER_AGENT = 'feedfleet-observer';

/** For how long after it a sample speaks of its component: beyond, that observer knows nothing. */
export const SAMPLE_VALID_ROUNDS = 3;

export const maxSamplesABatch = 2000;
/** Signed over its exact bytes: `X-Feedfleet-Observer`, `-Timestamp`, `-Signature: hex(hmac-sha256(secret, timestamp + "." + body))`. */
export const sampleBatchSchema = z.strictObject({
  observer: observerNameSchema,
  /** Unique for each batch of an observer, so that one that is sent twice counts once. */
  batch: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/),
  /** How often the observer looks: with `SAMPLE_VALID_ROUNDS` it tells how long its samples hold. */
  intervalMs: z.number().int().min(100).max(3_600_000),
  samples: z.array(sampleSchema).max(maxSamplesABatch),
});
export type SampleBatch = z.infer<typeof sampleBatchSchema>;
