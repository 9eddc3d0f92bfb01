/** `feedfleet deprecate` and `feedfleet undeprecate`. */
import { ProblemError } from '@feedfleet/problems';
import { Option, type Command } from 'commander';
import { z } from 'zod';

import { collect } from '../feed-options.ts';
import { FeedRequests } from '../feed-requests.ts';
import { addFeedTarget } from '../feed-target-options.ts';
import type { FeedOptions } from '../feed-url.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';

interface VersionOptions extends SharedOptions, FeedOptions {
  readonly version?: readonly string[];
}

interface DeprecateOptions extends VersionOptions {
  readonly reason: readonly Reason[];
  readonly message?: string;
  readonly alternate?: string;
}

const REASONS = ['legacy', 'critical-bugs', 'other'] as const;
type Reason = (typeof REASONS)[number];

const answerSchema = z.looseObject({ id: z.string(), changed: z.number(), unchanged: z.number() });

function parseReasons(text: string, before: readonly Reason[] | undefined): readonly Reason[] {
  const reasons = text.split(',').map((word) => {
    const name = word.trim().toLowerCase();
    const reason = REASONS.find((one) => one === name || one.replace('-', '') === name);
    if (reason !== undefined) return reason;
    throw new ProblemError('usage', { detail: `--reason: expected ${REASONS.join(', ')}, got "${word}"` });
  });
  return [...new Set([...(before ?? []), ...reasons])];
}

/** `Acme.New`, or `Acme.New@[2.0,3.0)`. */
function alternateOf(text: string | undefined): object {
  if (text === undefined) return {};
  const at = text.indexOf('@');
  if (at === -1) return { alternatePackageId: text };
  return { alternatePackageId: text.slice(0, at), alternatePackageVersion: text.slice(at + 1) };
}

async function change(
  id: string,
  options: VersionOptions,
  { parts, body, what }: { readonly parts: CliParts; readonly body: object; readonly what: string },
): Promise<CommandResult> {
  const requests = await FeedRequests.to(options, parts, 'unlist');
  const answer = await requests.send({
    method: 'PUT',
    path: `/api/v2/package/${encodeURIComponent(id)}/deprecations`,
    body: { versions: options.version ?? 'all', ...body },
    answer: answerSchema,
  });
  const { changed, unchanged } = answer;
  const rest = unchanged === 0 ? '' : `; ${unchanged} ${unchanged === 1 ? 'was' : 'were'} so already`;
  return { document: answer, text: `${what} ${changed} version${changed === 1 ? '' : 's'} of ${id}${rest}.\n` };
}

function deprecate(id: string, options: DeprecateOptions, parts: CliParts): Promise<CommandResult> {
  const { reason, message, alternate } = options;
  const body = {
    isLegacy: reason.includes('legacy'),
    hasCriticalBugs: reason.includes('critical-bugs'),
    isOther: reason.includes('other'),
    ...(message === undefined ? {} : { message }),
    ...alternateOf(alternate),
  };
  return change(id, options, { parts, body, what: 'Deprecated' });
}

function withVersions(command: Command): Command {
  return addFeedTarget(command.argument('<id>', 'package id')).addOption(
    new Option(
      '--version <version>',
      'this version; may be given several times (default: all versions that there are now)',
    ).argParser(collect),
  );
}

export function deprecateCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'deprecate',
    description:
      'Says of versions of a package that they should no longer be used, and why; clients show it to who has them in a project. ' +
      'The versions stay listed. Needs the scope unlist.',
    examples: [
      {
        says: 'All versions, with what to use instead',
        command: "feedfleet deprecate Acme.Old --feed acme --reason legacy --alternate 'Acme.New@[2.0.0,)'",
      },
      {
        says: 'Two versions, in words',
        command:
          "feedfleet deprecate Acme.Json --feed acme --version 1.2.0 --version 1.2.1 --reason critical-bugs --message 'Loses dates.'",
      },
    ],
  });
  return withVersions(command)
    .addOption(
      new Option('--reason <reasons>', `comma list of ${REASONS.join(', ')}`)
        .argParser(parseReasons)
        .makeOptionMandatory(),
    )
    .option('--message <text>', 'in your words, at most 1000 characters; needed for the reason other')
    .option('--alternate <id[@range]>', 'package to use instead, of any feed')
    .action((id: string, options: DeprecateOptions) =>
      runLeaf(parts, state, options, () => deprecate(id, options, parts)),
    );
}

export function undeprecateCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'undeprecate',
    description: 'Takes the deprecation of versions back. Needs the scope unlist.',
    examples: [{ says: 'All versions', command: 'feedfleet undeprecate Acme.Old --feed acme' }],
  });
  return withVersions(command).action((id: string, options: VersionOptions) =>
    runLeaf(parts, state, options, () =>
      change(id, options, { parts, body: {}, what: 'Took back the deprecation of' }),
    ),
  );
}
