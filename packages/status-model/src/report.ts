/** The report: everything that the public page, its static files, the feeds, the badges and the JSON API show. One object, one truth. */
import { z } from 'zod';

import { certificateSchema } from './certificates.ts';
import { incidentSchema, maintenanceSchema, messageSchema } from './incidents.ts';
import { dayNameSchema, instantSchema, monthNameSchema, stateSchema } from './states.ts';

/** Milliseconds in each state. Uptime = (up + degraded) / (up + degraded + down); maintenance and unknown are in neither. */
export const stateTimesSchema = z.strictObject({
  up: z.number(),
  degraded: z.number(),
  down: z.number(),
  maintenance: z.number(),
  unknown: z.number(),
});
export type StateTimes = z.infer<typeof stateTimesSchema>;

/** Of a day or month; `uptime` from 0 to 1, `null` when nothing is known of it. */
const periodShape = { times: stateTimesSchema, uptime: z.number().min(0).max(1).nullable() };
export const dayReportSchema = z.strictObject({ day: dayNameSchema, ...periodShape });
export type DayReport = z.infer<typeof dayReportSchema>;
/** `availability`: good answers of all, by the balancer's counters; `null` where there are no counts. */
export const monthReportSchema = z.strictObject({
  month: monthNameSchema,
  ...periodShape,
  availability: z.strictObject({ good: z.number(), all: z.number() }).nullable(),
});
export type MonthReport = z.infer<typeof monthReportSchema>;

/** Oldest first; `null` where nothing was measured. */
export const latencyReportSchema = z.strictObject({
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  points: z.array(z.strictObject({ at: instantSchema, p50Ms: z.number().nullable(), p95Ms: z.number().nullable() })),
});
export type LatencyReport = z.infer<typeof latencyReportSchema>;

export const instanceReportSchema = z.strictObject({
  id: z.string(),
  datacenter: z.string().nullable(),
  state: stateSchema,
  since: instantSchema.nullable(),
  reason: z.string().nullable(),
  latency: latencyReportSchema.pick({ p50Ms: true, p95Ms: true }),
});
export type InstanceReport = z.infer<typeof instanceReportSchema>;

/** Which URL serves the same now, as found by the probes or told by an operator. */
export const tipSchema = z.strictObject({
  /** One sentence. */
  text: z.string(),
  /** In the form of `urlPattern`: `https://packages.example/F/<feed>/api/v3/index.json`. */
  useUrl: z.string().nullable(),
  insteadOfUrl: z.string().nullable(),
  /** The exact lines for a nuget.config, or `null` when no file has to change. */
  nugetConfig: z.string().nullable(),
  /** When a probe last found the URL to work; `null`: an operator says so. */
  checkedAt: instantSchema.nullable(),
});
export type Tip = z.infer<typeof tipSchema>;

export const familyReportSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  /** What clients configure: `https://packages.example/F/<feed>/api/v2`. */
  urlPattern: z.string(),
  state: stateSchema,
  since: instantSchema.nullable(),
  reason: z.string().nullable(),
  latency: latencyReportSchema,
  /** 90 days, oldest first, today last. */
  days: z.array(dayReportSchema),
  /** This year and last, oldest first, as far as there are samples. */
  months: z.array(monthReportSchema),
  /** The mean of the uptimes of the last twelve months that have one, each counting the same; `null` when none has. */
  averageUptime: z.number().min(0).max(1).nullable().optional(),
  instances: z.array(instanceReportSchema),
  tip: tipSchema.nullable(),
});
export type FamilyReport = z.infer<typeof familyReportSchema>;

export const observerReportSchema = z.strictObject({
  name: z.string(),
  /** When it was registered; `null` for the status process itself. */
  addedAt: instantSchema.nullable().optional(),
  /** `null`: never heard of. */
  lastSeenAt: instantSchema.nullable(),
  isSilent: z.boolean(),
});

export const statusReportSchema = z.strictObject({
  /** Of this form of the report; it grows only by optional fields. */
  version: z.literal(1),
  title: z.string(),
  generatedAt: instantSchema,
  /** Where the page itself is; links in feeds start there. */
  pageUrl: z.string(),
  overall: z.strictObject({ state: stateSchema, sentence: z.string(), since: instantSchema.nullable() }),
  families: z.array(familyReportSchema),
  /** Open ones first, then those of the last 90 days, newest first. */
  incidents: z.array(incidentSchema),
  /** Under way and planned first, then those of the last 90 days. */
  maintenance: z.array(maintenanceSchema),
  messages: z.array(messageSchema),
  certificates: z.array(certificateSchema),
  observers: z.array(observerReportSchema),
});
export type StatusReport = z.infer<typeof statusReportSchema>;
