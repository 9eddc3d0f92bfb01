/** What an observer looks at, and how often: made by the status process, kept by every observer for when that is away. */

import { z } from 'zod';

const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const milliseconds = z.number().int().min(50).max(3_600_000);

/** A private feed of the fleet's own with one package to read, and a key that may push to it. */
export const canarySchema = z.strictObject({
  feed: z.string().min(1).max(100),
  key: z.string().min(1).max(200),
  /** While its symbols could not be pushed. Left out afterwards: observers of earlier releases know no such field. */
  awaitsSymbols: z.literal(true).optional(),
});
export type Canary = z.infer<typeof canarySchema>;

const observedFamilySchema = z.strictObject({
  id,
  title: z.string().max(200),
  /** Below the entry URL, with `{feed}` for a feed: `/F/{feed}/api/v2`. What clients configure. */
  path: z.string().startsWith('/').max(500),
});
export type ObservedFamily = z.infer<typeof observedFamilySchema>;

const observedInstanceSchema = z.strictObject({
  id,
  family: id,
  datacenter: id,
  url: z.url({ protocol: /^https?$/ }),
});
export type ObservedInstance = z.infer<typeof observedInstanceSchema>;

export const observationPlanSchema = z.strictObject({
  version: z.literal(1),
  /** Where clients reach the balancer, without a slash at the end. */
  entryUrl: z.url({ protocol: /^https?$/ }),
  /** `null`: there is none yet; then each family is asked for a feed that does not exist. */
  canary: canarySchema.nullable(),
  /** How often a family is looked at, in milliseconds. */
  familyMs: milliseconds,
  /** How often an instance is looked at, in milliseconds. */
  instanceMs: milliseconds,
  /** How often a package is pushed and unlisted for real, in milliseconds; as often as families are looked at while that fails. */
  writeMs: milliseconds,
  /** An answer that takes longer is slow, in milliseconds. */
  slowMs: milliseconds,
  /** An answer that takes longer is none, in milliseconds. */
  timeoutMs: milliseconds,
  families: z.array(observedFamilySchema).max(64),
  /** Empty for observers elsewhere, which do not reach them. */
  instances: z.array(observedInstanceSchema).max(1000),
});
export type ObservationPlan = z.infer<typeof observationPlanSchema>;
