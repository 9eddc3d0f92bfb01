/** The states of whatever is observed. */
import { z } from 'zod';

/** Worst last. `unknown`: nobody looked, which is never `up`. `maintenance`: announced, so it counts neither way. */
export const STATES = ['up', 'maintenance', 'unknown', 'degraded', 'down'] as const;
export const stateSchema = z.enum(STATES);
export type State = z.infer<typeof stateSchema>;

/** ISO 8601, UTC. */
export const instantSchema = z.iso.datetime();
/** `2026-11-28`, UTC. */
export const dayNameSchema = z.iso.date();
/** `2026-11`, UTC. */
export const monthNameSchema = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'YYYY-MM');
/** What a person types and others see; no control characters. */
export const textSchema = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .refine((text) => !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text), 'no control characters');
