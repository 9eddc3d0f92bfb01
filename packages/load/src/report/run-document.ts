/**
 * What a run of load found, as JSON: for scripts, for the HTML report, and for a comparison with another run.
 *
 * Times are milliseconds since the start of the run. Latencies are of what was answered as it should, counted from when each request was to
 * start; what was refused or failed is counted beside them. A figure of nothing is null.
 */
import { z } from 'zod';

/** What comes from a file reaches terminals. */
const SHOWN = /^\P{Cc}*$/u;
const NOT_SHOWN = 'expected text without control characters';

/** Most of anything that a document lists. */
const MOST = 100_000;

const name = z.string().min(1).max(200).regex(SHOWN, NOT_SHOWN);
const atMs = z.number().nonnegative();
const count = z.number().int().nonnegative();
const latencyMs = z.number().nonnegative().nullable();
const counts = { sent: count, ok: count, refused: count, failed: count };

const phaseSchema = z.strictObject({ name, startMs: atMs, endMs: atMs });

const secondSchema = z.strictObject({
  atMs,
  ...counts,
  p50Ms: latencyMs,
  p95Ms: latencyMs,
  p99Ms: latencyMs,
  maxMs: latencyMs,
});

const groupPhaseSchema = z.strictObject({
  name,
  ...counts,
  /** By growing share, the last one 1; none when nothing was answered as it should. */
  percentiles: z.array(z.strictObject({ share: z.number().gt(0).max(1), ms: z.number().nonnegative() })).max(100),
  /** How many of each refusal and of each failure, the most frequent first. */
  reasons: z.array(z.strictObject({ reason: z.string().max(1000).regex(SHOWN, NOT_SHOWN), count })).max(1000),
});

const figuresSchema = z.strictObject({
  name,
  /** One for each second in which something was to start. */
  series: z.array(secondSchema).max(MOST),
  phases: z.array(groupPhaseSchema).max(1000),
});
const groupSchema = figuresSchema.extend({
  /** The endpoint family that it asks, where it asks one. */
  family: name.optional(),
});

const processSchema = z.strictObject({
  name,
  samples: z
    .array(
      z.strictObject({
        atMs,
        /** Processors in use on average since the sample before; 1 is one of them all the time. */
        cpu: z.number().nonnegative(),
        /** Resident, without pages of files. */
        memoryBytes: z.number().nonnegative(),
      }),
    )
    .max(MOST),
});

const verdictSchema = z.strictObject({
  law: z.string().max(2000).regex(SHOWN, NOT_SHOWN),
  outcome: z.enum(['held', 'broken', 'not measured']),
  expected: z.string().max(2000).regex(SHOWN, NOT_SHOWN),
  /** What was found, or why nothing could be. */
  measured: z.string().max(2000).regex(SHOWN, NOT_SHOWN),
});

export const runDocumentSchema = z.strictObject({
  reportVersion: z.literal(1),
  title: z.string().min(1).max(500).regex(SHOWN, NOT_SHOWN),
  /** What was run, in a sentence or two. */
  description: z.string().max(5000).default(''),
  /** An instant in UTC. */
  startedAt: z.iso.datetime(),
  /** URL, without secrets. */
  target: z.string().max(2000).regex(SHOWN, NOT_SHOWN),
  /** What the run was set to; two runs are compared where these are the same. */
  settings: z
    .record(name, z.union([z.string().max(2000).regex(SHOWN, NOT_SHOWN), z.number(), z.boolean()]))
    .default({}),
  machine: z.strictObject({ cores: count, loadAverage: z.number().nonnegative(), node: z.string().max(50) }),
  /** How late requests started: large when the generator itself lacked a processor, which makes every latency worth less. */
  generator: z.strictObject({ lateP50Ms: latencyMs, lateP99Ms: latencyMs, lateMaxMs: latencyMs }),
  phases: z.array(phaseSchema).max(1000),
  /** Everything together. */
  total: figuresSchema,
  /** The groups of each family together; none where no group asks a family. */
  families: z.array(figuresSchema).max(50),
  groups: z.array(groupSchema).max(200),
  processes: z.array(processSchema).max(500),
  marks: z.array(z.strictObject({ atMs, text: z.string().max(1000) })).max(MOST),
  verdicts: z.array(verdictSchema).max(1000).default([]),
});

type Deep<T> = T extends readonly (infer Item)[]
  ? readonly Deep<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Deep<T[Key]> }
    : T;

export type RunDocument = Deep<z.output<typeof runDocumentSchema>>;
export type RunFigures = RunDocument['total'];
export type RunGroup = RunDocument['groups'][number];
export type RunGroupPhase = RunFigures['phases'][number];
export type RunSecond = RunFigures['series'][number];
export type RunProcess = RunDocument['processes'][number];
export type Verdict = RunDocument['verdicts'][number];

/** @returns `null` when nothing was answered as it should. */
export function percentileMs({ percentiles }: Pick<RunGroupPhase, 'percentiles'>, share: number): number | null {
  return percentiles.find((each) => each.share >= share)?.ms ?? null;
}
