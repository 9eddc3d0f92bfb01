/** `feedfleet source explain`. */
import type { Command } from 'commander';
import { z } from 'zod';

import { FeedRequests } from '../feed-requests.ts';
import { feedByNameOrUrl } from '../feed-url.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderTable } from '../table.ts';

const pathSchema = z.array(z.string().nullable());
const edgesSchema = z.array(z.looseObject({ source: z.string(), reason: z.string() }));
const explanationSchema = z.looseObject({
  feed: z.string(),
  id: z.string(),
  isComplete: z.boolean(),
  versions: z.array(
    z.looseObject({
      version: z.string(),
      listed: z.boolean(),
      source: z.string(),
      path: pathSchema,
      ageMs: z.number(),
      alsoIn: z.array(z.string()),
    }),
  ),
  sources: z.array(
    z.looseObject({
      source: z.string(),
      path: pathSchema,
      outcome: z.string(),
      detail: z.string(),
      versions: z.number(),
      ageMs: z.number(),
      tookMs: z.number(),
    }),
  ),
  cut: edgesSchema,
  denied: edgesSchema,
  skipped: edgesSchema,
  withheld: edgesSchema,
});
type Explanation = z.output<typeof explanationSchema>;

async function explain(feed: string, id: string, options: SharedOptions, parts: CliParts): Promise<CommandResult> {
  const requests = await FeedRequests.to({ ...options, ...feedByNameOrUrl(feed) }, parts, null);
  const path = `/explain?id=${encodeURIComponent(id)}`;
  const document = await requests.send({ method: 'GET', path, answer: explanationSchema });
  return { document, text: explanationText(document) };
}

function explanationText(explanation: Explanation): string {
  const { id, feed, isComplete, versions, sources } = explanation;
  const found = versions.map(({ version, listed, source, path, ageMs, alsoIn }) => [
    listed ? version : `${version} (unlisted)`,
    source === '' ? 'the feed itself' : wayOf(path, source),
    secondsOf(ageMs),
    alsoIn.join(', '),
  ]);
  const asked = sources.map(({ source, path, outcome, detail, versions: count, tookMs }) => [
    source === '' ? 'the feed itself' : wayOf(path, source),
    outcome,
    String(count),
    `${Math.round(tookMs)} ms`,
    detail,
  ]);
  const completeness = isComplete ? '' : 'Not complete: a source that is needed did not tell what it has.\n';
  return [
    found.length === 0 ? `${feed} has no ${id}.\n` : renderTable(['VERSION', 'FROM', 'AGE', 'ALSO IN'], found),
    `${completeness}\n`,
    renderTable(['ASKED', 'OUTCOME', 'VERSIONS', 'TOOK', 'DETAIL'], asked),
    ...edgeLines(explanation),
  ].join('');
}

/** The names from the feed on, as far as the reader may know them. */
function wayOf(path: Explanation['versions'][number]['path'], source: string): string {
  return path.length === 0 ? source : path.map((name) => name ?? '(hidden)').join(' -> ');
}

function secondsOf(milliseconds: number): string {
  return milliseconds < 1000 ? 'now' : `${Math.round(milliseconds / 1000)} s`;
}

function edgeLines({ cut, denied, skipped, withheld }: Explanation): readonly string[] {
  const kinds = [
    { title: 'cut as a loop, nothing is lost', edges: cut },
    { title: 'denied', edges: denied },
    { title: 'skipped', edges: skipped },
    { title: 'withheld', edges: withheld },
  ];
  return kinds.flatMap(({ title, edges }) => edges.map(({ source, reason }) => `${source}: ${title} (${reason})\n`));
}

export function sourceExplainCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'explain',
    description: 'Tells where each version of an id comes from, and what was left out, and why.',
    examples: [
      {
        says: 'A package that is not there, or not the one that was expected',
        command: 'feedfleet source explain team Acme.Core',
      },
    ],
  })
    .argument('<feed>', 'name or alias of the feed on the fleet of this machine, or its URL')
    .argument('<id>', 'package id')
    .action((feed: string, id: string, options: SharedOptions) =>
      runLeaf(parts, state, options, () => explain(feed, id, options, parts)),
    );
}
