/** The hierarchy of a feed as the registry's API tells it, and the effect of an edit before it is saved. */
import { z } from 'zod';

import { sourceChangeSchema, sourceCreationSchema } from './source-api-schemas.ts';

const index = z.number().int().min(0);
const count = z.number().int().min(0);
const shownName = z.string().nullable();

const nodeSchema = z.strictObject({
  kind: z.enum(['feed', 'foreign']),
  name: shownName.describe('Of a feed its name, of a foreign source its URL; null when the caller may not know it.'),
  depth: count.describe('Edges from the feed on the shortest way.'),
  state: z.enum(['asked', 'loopPending', 'loopCaught']),
});

const edgeSchema = z.strictObject({
  source: shownName.describe('Name of the source; null when the caller may not know it.'),
  from: index.describe('Index of the feed that has it.'),
  to: index.nullable().describe('Index of what it leads to; null for what cannot be reached at all.'),
  state: z.enum(['followed', 'self', 'loop', 'denied', 'disabled', 'loopCaught', 'noSuchFeed']),
  isRequired: z.boolean(),
  isFiltering: z.boolean().describe('Whether it holds back ids or pre-releases.'),
});

const costSchema = z.strictObject({
  upstreamRequests: count.describe('Requests that one query of a client causes at most.'),
  feeds: count.describe('How many of them go to feeds of this fleet.'),
  foreign: count.describe('How many of them leave the fleet.'),
  depth: count,
});

const graphSchema = z.strictObject({
  nodes: z.array(nodeSchema).readonly().describe('In the order of priority; 0 is the feed itself.'),
  edges: z.array(edgeSchema).readonly(),
  loops: z
    .array(z.strictObject({ nodes: z.array(index).readonly(), cutAt: index }))
    .readonly()
    .describe('Indexes in the order of the way, the first again at the end; the first loops only.'),
  cuts: count.describe('Places where loops are cut.'),
  diamonds: z
    .array(z.strictObject({ node: index, edges: count }))
    .readonly()
    .describe('What is led to by several edges, and asked once.'),
  cost: costSchema,
});
export type SourceGraph = z.infer<typeof graphSchema>;

const namedLoopSchema = z.strictObject({ names: z.array(shownName).readonly(), cutAt: shownName });

const effectSchema = z.strictObject({
  before: costSchema,
  after: costSchema,
  gained: z.array(nodeSchema).readonly().describe('What packages come from afterwards, and did not before.'),
  lost: z.array(nodeSchema).readonly(),
  closes: namedLoopSchema.nullable().describe('The loop that the edit closes: allowed, and cut.'),
  opens: namedLoopSchema.nullable(),
  edge: edgeSchema.nullable().describe('What becomes of the source itself; null when it is removed.'),
  sentence: z.string().describe('All of it in words.'),
});

const named = z.string().min(1).max(200).describe('Id or name of the source.');

export const sourceEditSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('add'), source: sourceCreationSchema }),
  z.strictObject({ kind: z.literal('change'), source: named, change: sourceChangeSchema }),
  z.strictObject({ kind: z.literal('remove'), source: named }),
]);
export type SourceEditWrite = z.input<typeof sourceEditSchema>;

export const sourceGraphAnswerSchema = z.strictObject({ graph: graphSchema });
export const sourceEffectAnswerSchema = z.strictObject({ effect: effectSchema, notes: z.array(z.string()).readonly() });
export type SourceEffectAnswer = z.infer<typeof sourceEffectAnswerSchema>;
