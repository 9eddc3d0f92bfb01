/** What people say of the fleet's state, and what opens by itself. */
import { z } from 'zod';

import { componentSchema } from './samples.ts';
import { instantSchema, stateSchema, textSchema } from './states.ts';

export const incidentIdSchema = z.string().regex(/^[0-9a-z]{6,20}$/);

/** Oldest first. `by`: `feedfleet` itself or an operator. */
export const incidentUpdateSchema = z.strictObject({ at: instantSchema, by: textSchema(80), text: textSchema(4000) });
export type IncidentUpdate = z.infer<typeof incidentUpdateSchema>;

export const incidentSchema = z.strictObject({
  id: incidentIdSchema,
  title: textSchema(200),
  /** The worst that it was. */
  state: stateSchema.extract(['degraded', 'down']),
  components: z.array(componentSchema),
  openedAt: instantSchema,
  /** `null`: open. */
  closedAt: instantSchema.nullable(),
  /** Whether it opened by itself; such a one closes by itself. */
  isAutomatic: z.boolean(),
  postMortemUrl: z.url({ protocol: /^https?$/ }).nullable(),
  updates: z.array(incidentUpdateSchema),
});
export type Incident = z.infer<typeof incidentSchema>;

export const maintenanceSchema = z.strictObject({
  id: incidentIdSchema,
  title: textSchema(200),
  text: textSchema(4000).nullable(),
  components: z.array(componentSchema),
  startsAt: instantSchema,
  endsAt: instantSchema,
});
export type Maintenance = z.infer<typeof maintenanceSchema>;

/** A message or a tip of an operator, shown on top of the page or, with `family`, beside it. */
export const messageSchema = z.strictObject({
  id: incidentIdSchema,
  kind: z.enum(['message', 'tip']),
  family: z.string().nullable(),
  text: textSchema(4000),
  postedAt: instantSchema,
  /** `null`: until it is taken off. */
  until: instantSchema.nullable(),
});
export type Message = z.infer<typeof messageSchema>;
