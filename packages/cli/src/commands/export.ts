/** `feedfleet export`: a whole feed into a folder of packages. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import type { Command } from 'commander';

import { concurrencyOption } from '../concurrency-option.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { FeedRequests } from '../feed-requests.ts';
import { addFeedTarget } from '../feed-target-options.ts';
import type { FeedOptions } from '../feed-url.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { openProgressBar } from '../push/progress-bar.ts';
import { defaultRetryPolicy } from '../push/retry-policy.ts';
import { formatBytes } from '../quantities.ts';
import type { ExportOutcome } from '../transfer/export-feed.ts';
import { exportFeed } from '../transfer/export-feed.ts';
import { manifestFor } from '../transfer/export-manifest.ts';

interface ExportCommandOptions extends SharedOptions, FeedOptions {
  readonly to: string;
  readonly concurrency: number;
}

/** The service index stands for its feed: it is what users have at hand. */
function feedOf(options: ExportCommandOptions): ExportCommandOptions {
  if (options.url === undefined) return options;
  return { ...options, url: options.url.replace(/\/api\/v3(?:\/index\.json)?\/?$/i, '') };
}

async function openFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    const why = String((error as NodeJS.ErrnoException).code);
    throw new ProblemError('usage', { detail: `--to ${folder}: ${why}`, cause: error });
  });
}

async function run(options: ExportCommandOptions, parts: CliParts): Promise<CommandResult> {
  const { clock, random, signal, stderr } = parts;
  const requests = await FeedRequests.to(feedOf(options), parts, null);
  const folder = path.resolve(parts.workingFolder, options.to);
  await openFolder(folder);
  const terminal = options.json === true ? undefined : stderr.terminal;
  const outcome = await exportFeed({
    requests,
    folder,
    manifest: await manifestFor(folder, requests.shownUrl),
    concurrency: options.concurrency,
    retry: defaultRetryPolicy,
    clock,
    random,
    signal,
    openProgress: (totals) => openProgressBar(totals, terminal),
  });
  if (options.json !== true) stderr.write(renderFailures(outcome));
  return resultOf(outcome, { folder, source: requests.shownUrl, isStopped: signal.aborted });
}

function resultOf(
  outcome: ExportOutcome,
  { folder, source, isStopped }: { readonly folder: string; readonly source: string; readonly isStopped: boolean },
): CommandResult {
  const { counts, fetchedBytes, failures, manifest } = outcome;
  const document = { source, folder, versions: manifest.packages.length, counts, fetchedBytes, failures };
  const isComplete = counts.failed + counts.notTried === 0;
  const [first] = failures;
  return {
    document,
    text: renderSummary(outcome, folder),
    exitCode: isComplete ? exitCodes.ok : first === undefined ? exitCodes.failed : exitCodeOf(first.failure),
    ...(isComplete
      ? {}
      : {
          failure: new ProblemError(isStopped ? 'stopped' : 'exportIncomplete', {
            detail: `${folder} keeps what is there`,
          }),
        }),
  };
}

function renderSummary({ counts, fetchedBytes, manifest }: ExportOutcome, folder: string): string {
  const parts = [
    `${counts.fetched} fetched (${formatBytes(fetchedBytes)})`,
    counts.updated === 0 ? '' : `${counts.updated} updated`,
    counts.removed === 0 ? '' : `${counts.removed} removed`,
    counts.failed === 0 ? '' : `${counts.failed} failed`,
    counts.notTried === 0 ? '' : `${counts.notTried} not tried`,
  ];
  const done = parts.filter((part) => part !== '').join(', ');
  return `${done}; ${manifest.packages.length} versions in ${folder}\n`;
}

function renderFailures({ failures }: ExportOutcome): string {
  return failures
    .map(({ id, version, failure: { code, title, detail } }) => {
      const why = [code, title, detail].filter((part) => part !== undefined).join(': ');
      return `${id} ${version}\n  ${why}\n`;
    })
    .join('');
}

export function exportCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'export',
    description:
      'Brings a folder to the state of a feed: every version, listed or not, in the layout of local feeds, and a manifest ' +
      '(feedfleet-export.json). Run again, also after it was killed, it fetches only what is new or missing, and removes what ' +
      'the feed has deleted. The manifest tells what is unlisted and deprecated. Symbols, downloads, pins, vulnerabilities and the ' +
      'policies of the feed are not exported.',
    examples: [
      { says: 'A feed of this machine', command: 'feedfleet export --feed acme --to ./acme' },
      {
        says: 'Private, from elsewhere',
        command: 'FEEDFLEET_API_KEY=... feedfleet export --url https://nuget.example.org/F/acme --to ./acme',
      },
    ],
  });
  return addFeedTarget(command)
    .requiredOption('--to <folder>', 'an empty folder, a new one, or that of an earlier export of the same feed')
    .addOption(concurrencyOption())
    .action((options: ExportCommandOptions) => runLeaf(parts, state, options, () => run(options, parts)));
}
