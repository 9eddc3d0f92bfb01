/** `feedfleet source test`. */
import { ProblemError, problemRegistry } from '@feedfleet/problems';
import type { ProblemName } from '@feedfleet/problems';
import type { Command } from 'commander';
import { z } from 'zod';

import { withoutSecrets } from '../failure.ts';
import { FeedRequests } from '../feed-requests.ts';
import { feedByNameOrUrl } from '../feed-url.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { exitCodes } from '../exit-codes.ts';
import { renderTable } from '../table.ts';

const stepSchema = z.looseObject({
  step: z.string(),
  outcome: z.enum(['passed', 'warning', 'failed', 'skipped']),
  code: z.string().nullable(),
  detail: z.string(),
  tookMs: z.number().nullable(),
});
const testSchema = z.looseObject({
  feed: z.string(),
  source: z.looseObject({ name: z.string(), enabled: z.boolean() }),
  works: z.boolean(),
  steps: z.array(stepSchema),
});
type Test = z.output<typeof testSchema>;

interface TestOptions extends SharedOptions {
  readonly id?: string;
}

interface Named {
  readonly feed: string;
  readonly source: string;
}

async function test({ feed, source }: Named, options: TestOptions, parts: CliParts): Promise<CommandResult> {
  const requests = await FeedRequests.to({ ...options, ...feedByNameOrUrl(feed) }, parts, 'manage');
  const query = new URLSearchParams({ source, ...(options.id === undefined ? {} : { id: options.id }) });
  const path = `/api/manage/source-tests?${query.toString()}`;
  const document = await requests.send({ method: 'POST', path, answer: testSchema });
  const result = { document, text: testText(document) };
  const failure = document.works ? undefined : failureIn(document);
  return failure === undefined ? result : { ...result, failure, exitCode: exitCodes.failed };
}

const WORDS: Readonly<Record<Test['steps'][number]['outcome'], string>> = {
  passed: 'ok',
  warning: 'warning',
  failed: 'FAILED',
  skipped: 'skipped',
};

function testText({ source, works, steps }: Test): string {
  const rows = steps.map(({ step, outcome, tookMs, detail }) => [
    step,
    WORDS[outcome],
    tookMs === null ? '' : `${tookMs} ms`,
    withoutSecrets(detail),
  ]);
  const disabled = source.enabled ? '' : `${source.name} is disabled: queries do not ask it.\n`;
  const verdict = works ? `${source.name} works.\n` : '';
  return `${renderTable(['STEP', 'OUTCOME', 'TOOK', 'DETAIL'], rows)}${disabled}${verdict}`;
}

/** The first step that failed says what to do. */
function failureIn({ source, steps }: Test): ProblemError {
  const failed = steps.find(({ outcome }) => outcome === 'failed');
  const names = Object.keys(problemRegistry) as ProblemName[];
  const name = names.find((each) => problemRegistry[each].code === failed?.code) ?? 'sourceUnavailable';
  return new ProblemError(name, { detail: `${source.name}: ${failed?.step ?? ''}: ${failed?.detail ?? ''}` });
}

export function sourceTestCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'test',
    description:
      'Asks a package source as the fleet does, with its credential, and tells step by step what works: address, connection, certificate, protocol, credential, search, a query by id, and whether it leads back to this fleet. Of a feed of this fleet: whether its credential reads it.',
    examples: [
      { says: 'A source of a feed', command: 'feedfleet source test team partner' },
      { says: 'Whether it has a certain package', command: 'feedfleet source test team partner --id Acme.Core' },
    ],
  })
    .argument('<feed>', 'name or alias of the feed on the fleet of this machine, or its URL')
    .argument('<source>', 'name of the source, or its id')
    .option('--id <id>', 'package id to ask it for; else one that it finds')
    .action((feed: string, source: string, options: TestOptions) =>
      runLeaf(parts, state, options, () => test({ feed, source }, options, parts)),
    );
}
