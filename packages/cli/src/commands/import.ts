/** `feedfleet import`: a folder of packages into a feed, as the feed was that it is an export of. */
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import type { Command } from 'commander';

import { concurrencyOption } from '../concurrency-option.ts';
import { apiKeyOf } from '../connection.ts';
import { exitCodeOf, exitCodes, type ExitCode } from '../exit-codes.ts';
import { FeedRequests } from '../feed-requests.ts';
import { addFeedTarget } from '../feed-target-options.ts';
import { feedUrlOf, type FeedOptions } from '../feed-url.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { showProgress } from '../push/progress-bar.ts';
import { exitCodeOfReport, renderFailures, renderSummary, reportOf, type PushReport } from '../push/push-report.ts';
import { pushPackages, type PushResult } from '../push/push-packages.ts';
import { ResumeState } from '../push/resume-state.ts';
import { defaultRetryPolicy } from '../push/retry-policy.ts';
import { uploadPackage } from '../push/upload.ts';
import { NO_MANIFEST, planImport, type ImportPlan } from '../transfer/import-plan.ts';
import { restoreDeprecations, type RestoredDeprecations } from '../transfer/restore-deprecations.ts';

interface ImportCommandOptions extends SharedOptions, FeedOptions {
  readonly concurrency: number;
  readonly resume?: string;
}

const STATE_NAME = 'feedfleet-import.state';

interface ImportReport extends PushReport {
  /** Of the manifest; null without one. */
  readonly source: string | null;
  readonly missing: readonly { readonly id: string; readonly version: string }[];
  readonly deprecations: RestoredDeprecations;
}

async function pushAll(
  plan: ImportPlan,
  {
    target,
    state,
    options,
    parts,
  }: {
    readonly target: { readonly url: string; readonly apiKey: string | undefined };
    readonly state: ResumeState;
    readonly options: ImportCommandOptions;
    readonly parts: CliParts;
  },
): Promise<readonly PushResult[]> {
  const { clock, random, signal } = parts;
  const progress = showProgress(plan.files, options.json === true ? undefined : parts.stderr.terminal);
  return await pushPackages({
    files: plan.files,
    concurrency: options.concurrency,
    skipDuplicate: true,
    state,
    retry: defaultRetryPolicy,
    clock,
    random,
    signal,
    progress,
    upload: (file, onBytes) => {
      const listed = plan.exported.get(file.path)?.listed ?? true;
      return uploadPackage({ target, file, listed, signal, now: () => clock.now(), onBytes });
    },
  }).finally(progress.stop);
}

async function run(given: string, options: ImportCommandOptions, parts: CliParts): Promise<CommandResult> {
  const requests = await FeedRequests.to(options, parts, 'push');
  const base = (await feedUrlOf(options, parts, '')).replace(/\/+$/, '');
  const target = { url: `${base}/api/v2/package`, apiKey: apiKeyOf(options, parts) };
  const folder = path.resolve(parts.workingFolder, given);
  const plan = await planImport(folder, parts.workingFolder);
  if (plan.source === null && options.json !== true) parts.stderr.write(NO_MANIFEST);
  const stateFile = path.resolve(parts.workingFolder, options.resume ?? path.join(folder, STATE_NAME));
  const state = await ResumeState.open(stateFile, requests.shownUrl);
  const results = await pushAll(plan, { target, state, options, parts });
  const there = results.filter(({ outcome }) => outcome !== 'failed' && outcome !== 'notTried');
  const imported = there.flatMap(({ file }) => plan.exported.get(file.path) ?? []);
  const deprecations = await restoreDeprecations(requests, imported, parts.signal);
  const report: ImportReport = {
    ...reportOf(requests.shownUrl, results),
    source: plan.source,
    missing: plan.missing.map(({ id, version }) => ({ id, version })),
    deprecations,
  };
  const isComplete = exitCodeOfImport(report) === exitCodes.ok;
  await state.close(isComplete ? 'complete' : 'incomplete');
  if (options.json !== true) parts.stderr.write(renderFailures(report) + renderFurtherFailures(report));
  return {
    document: report,
    text: renderSummary(report),
    exitCode: exitCodeOfImport(report),
    ...(isComplete ? {} : { failure: incomplete(parts.signal, stateFile) }),
  };
}

function incomplete(signal: AbortSignal, stateFile: string): ProblemError {
  const detail = `run the same command again; ${stateFile} knows what is done`;
  return new ProblemError(signal.aborted ? 'stopped' : 'pushIncomplete', { detail });
}

function exitCodeOfImport(report: ImportReport): ExitCode {
  const pushed = exitCodeOfReport(report);
  if (pushed !== exitCodes.ok) return pushed;
  const [first] = report.deprecations.failures;
  if (first !== undefined) return exitCodeOf(first.failure);
  return report.missing.length === 0 ? exitCodes.ok : exitCodes.failed;
}

function renderFurtherFailures({ missing, deprecations }: ImportReport): string {
  const lacks = missing.map(
    ({ id, version }) => `${id} ${version}\n  The manifest names it, and the folder lacks its file. Export again.\n`,
  );
  const refused = deprecations.failures.map(({ id, versions, failure: { code, title, detail } }) => {
    const why = [code, title, detail].filter((part) => part !== undefined).join(': ');
    return `${id} ${versions.join(', ')}: not deprecated\n  ${why}\n`;
  });
  return [...lacks, ...refused].join('');
}

export function importCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'import',
    description:
      'Pushes a folder of packages to a feed. Of an export, unlisted versions are unlisted from their push on, and deprecations ' +
      'are restored; that needs the scopes push and unlist. A version that the feed has already stays as it is, listed or not. ' +
      'Without the manifest of an export every .nupkg below the folder is pushed.',
    examples: [
      { says: 'What feedfleet export wrote', command: 'feedfleet import ./acme --feed acme-copy' },
      {
        says: 'To a fleet elsewhere',
        command: 'FEEDFLEET_API_KEY=... feedfleet import ./acme --url https://nuget.example.org/F/acme',
      },
    ],
  }).argument('<folder>', 'the folder of packages');
  return addFeedTarget(command)
    .addOption(concurrencyOption())
    .option('--resume <file>', `keep in this file what is done, instead of ${STATE_NAME} in the folder`)
    .action((folder: string, options: ImportCommandOptions) =>
      runLeaf(parts, state, options, () => run(folder, options, parts)),
    );
}
