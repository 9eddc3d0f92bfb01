/** What is kept as JSON, read by its form: a value of another form was damaged, as one that is no JSON. */
import type { z } from 'zod';

/** @throws what `isDamage` tells from other errors. */
export function readKept<T>(schema: z.ZodType<T>, value: unknown): T {
  return schema.parse(JSON.parse(String(value)));
}

/** Of what is better left out than missed: one delivery of many, what comes anew. @returns `undefined` for what was damaged. */
export function readKeptOrNothing<T>(schema: z.ZodType<T>, value: unknown): T | undefined {
  try {
    return readKept(schema, value);
  } catch {
    return undefined;
  }
}
