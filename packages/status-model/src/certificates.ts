/** Certificates as they are served. */
import { z } from 'zod';

import { instantSchema } from './states.ts';

export const certificateSchema = z.strictObject({
  /** What serves it: `packages.example:443`, `source: packages.example`. No names of private feeds. */
  where: z.string(),
  subject: z.string(),
  validTo: instantSchema,
  /** When it was last seen served. */
  seenAt: instantSchema,
  /** Why it is not good, when it is not. */
  problem: z.string().nullable(),
});
export type Certificate = z.infer<typeof certificateSchema>;
