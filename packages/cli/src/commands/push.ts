/** `feedfleet push`: packages from files, folders and globs to one feed. */
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import type { Command } from 'commander';

import { concurrencyOption } from '../concurrency-option.ts';
import { apiKeyOf } from '../connection.ts';
import { withoutSecrets } from '../failure.ts';
import { feedUrlOf } from '../feed-url.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { findPackages } from '../push/find-packages.ts';
import { showProgress } from '../push/progress-bar.ts';
import { exitCodeOfReport, renderFailures, renderSummary, reportOf } from '../push/push-report.ts';
import { pushPackages } from '../push/push-packages.ts';
import { ResumeState } from '../push/resume-state.ts';
import { defaultRetryPolicy } from '../push/retry-policy.ts';
import { uploadPackage, type UploadTarget } from '../push/upload.ts';

interface PushCommandOptions extends SharedOptions {
  readonly feed?: string;
  readonly url?: string;
  readonly skipDuplicate?: boolean;
  readonly concurrency: number;
  readonly resume?: string;
}

async function targetOf(options: PushCommandOptions, parts: CliParts): Promise<UploadTarget> {
  const url = await feedUrlOf(options, parts, '/api/v2/package');
  const apiKey = apiKeyOf(options, parts);
  if (apiKey === undefined && !/\/auth\/[^/]+/i.test(url)) {
    throw new ProblemError('unauthenticated', {
      detail: 'pushing needs an API key: give --key or FEEDFLEET_API_KEY (feedfleet key create --scope push makes one)',
    });
  }
  return { url, apiKey };
}

/** Without a state file, a push that ended early has to be found out by its duplicates; say how to spare that. */
function hintOf(options: PushCommandOptions): string {
  return options.resume === undefined
    ? 'run it again with --skip-duplicate, or next time with --resume FILE'
    : `run the same command again; ${options.resume} knows what is done`;
}

async function push(given: readonly string[], options: PushCommandOptions, parts: CliParts): Promise<CommandResult> {
  const target = await targetOf(options, parts);
  const shownTarget = withoutSecrets(target.url);
  const files = await findPackages(given, parts.workingFolder);
  const state =
    options.resume === undefined
      ? undefined
      : await ResumeState.open(path.resolve(parts.workingFolder, options.resume), shownTarget);
  const progress = showProgress(files, options.json === true ? undefined : parts.stderr.terminal);
  const { clock, random, signal } = parts;
  const results = await pushPackages({
    files,
    concurrency: options.concurrency,
    skipDuplicate: options.skipDuplicate === true,
    state,
    retry: defaultRetryPolicy,
    clock,
    random,
    signal,
    progress,
    upload: (file, onBytes) => uploadPackage({ target, file, signal, now: () => clock.now(), onBytes }),
  }).finally(progress.stop);
  const report = reportOf(shownTarget, results);
  const complete = report.counts.failed + report.counts.notTried === 0;
  await state?.close(complete ? 'complete' : 'incomplete');
  const json = options.json === true;
  if (!json) parts.stderr.write(renderFailures(report));
  return {
    document: report,
    text: renderSummary(report),
    exitCode: exitCodeOfReport(report),
    ...(complete
      ? {}
      : { failure: new ProblemError(signal.aborted ? 'stopped' : 'pushIncomplete', { detail: hintOf(options) }) }),
  };
}

export function pushCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'push',
    description:
      'Pushes packages to a feed. A folder stands for every .nupkg below it (without .symbols.nupkg). What fails in ' +
      'passing is tried again, as long as the server asks to wait; the summary names what was not pushed and why.',
    examples: [
      { says: 'One package', command: 'feedfleet push Acme.Json.1.2.0.nupkg --feed acme' },
      {
        says: 'A folder, again and again, until everything is there',
        command: 'feedfleet push ./packages --feed acme --resume push.state --skip-duplicate',
      },
      {
        says: 'To a fleet elsewhere, the key from the environment',
        command:
          "FEEDFLEET_API_KEY=... feedfleet push 'out/*.nupkg' --url https://nuget.example.org/F/acme/api/v2/package",
      },
    ],
  })
    .argument('<packages...>', 'files, folders or globs')
    .option('--feed <name>', 'the feed, on the fleet of this machine')
    .option('--url <url>', 'push URL of the feed, instead of --feed')
    .option('--skip-duplicate', 'a version that exists already is no failure')
    .addOption(concurrencyOption())
    .option('--resume <file>', 'keep in this file what is done, and go on from it; removed when all is done')
    .action((given: readonly string[], options: PushCommandOptions) =>
      runLeaf(parts, state, options, () => push(given, options, parts)),
    );
}
