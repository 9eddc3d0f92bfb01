/**
 * What every command that does something has: `--json`, the connection, examples and exit codes in its help, and one place
 * where failures become a message and an exit code.
 */
import { ProblemError } from '@feedfleet/problems';
import { Command, Help, Option } from 'commander';
import picocolors from 'picocolors';

import type { ConnectionOptions } from './connection.ts';
import { exitCodeMeanings, exitCodeOf, exitCodes, type ExitCode } from './exit-codes.ts';
import { failureOf, renderFailure } from './failure.ts';
import type { CliParts } from './parts.ts';

export interface SharedOptions extends ConnectionOptions {
  readonly json?: boolean;
}

interface Example {
  readonly says: string;
  readonly command: string;
}

/** What a command tells: a document for `--json`, and the same in words. */
export interface CommandResult {
  readonly document: unknown;
  readonly text: string;
  /** Default 0. */
  readonly exitCode?: ExitCode;
  /** Printed after the document, when part of the work failed. */
  readonly failure?: unknown;
}

/** The outcome of one run, read by who built the program. */
export interface RunState {
  exitCode: ExitCode;
}

export interface LeafOptions {
  readonly name: string;
  readonly description: string;
  readonly examples: readonly Example[];
}

export function renderExitCodes(): string {
  return Object.entries(exitCodeMeanings)
    .map(([code, meaning]) => `  ${code}  ${meaning}\n`)
    .join('');
}

function renderExamples(examples: readonly Example[]): string {
  return examples.map(({ says, command }) => `  # ${says}\n  $ ${command}\n`).join('\n');
}

/** The options of the command itself before the ones that all have. */
function ownGroupFirst<T extends Command | Option>(
  unsorted: T[],
  visible: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const groups = [...new Help().groupItems(unsorted, visible, groupOf)];
  return new Map(groups.sort(([a], [b]) => Number(b === 'Options:') - Number(a === 'Options:')));
}

/** Options whose value names something, so that an empty one is a mistake: most often a variable that is not set. */
const NAMING_OPTIONS = [
  'feed',
  'url',
  'alias',
  'rename',
  'name',
  'owner',
  'package',
  'resume',
  'source',
  'to',
  'version',
  'balancer',
  'release',
  'title',
  'component',
  'target',
  'out',
  'html',
];

/** @throws {ProblemError} `FF_USAGE` for an empty name, or one that a URL would lose. Before anything is sent. */
function refuseEmptyNames(command: Command): void {
  const options = command.opts();
  const given: readonly (readonly [string, unknown])[] = [
    ...command.registeredArguments.map((argument, index) => [argument.name(), command.args.slice(index)[0]] as const),
    ...NAMING_OPTIONS.map((name) => [`--${name}`, options[name] as unknown] as const),
  ];
  for (const [what, value] of given) {
    const texts = (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string');
    const isName = !['packages', 'files', 'folder', '--to'].includes(what);
    if (texts.some((text) => text.trim() === '' || (isName && /^\.{1,2}$/.test(text)))) {
      throw new ProblemError('usage', { detail: `${what}: expected a name, got "${texts.join('", "')}"` });
    }
  }
}

/** A command with the shared options and the sections `Examples` and `Exit codes` in its help. */
export function leafCommand(options: LeafOptions): Command {
  return new Command(options.name)
    .description(options.description)
    .allowExcessArguments(false)
    .configureHelp({ groupItems: ownGroupFirst })
    .hook('preAction', (_, action) => refuseEmptyNames(action))
    .addOption(new Option('--json', 'print one JSON document; failures too, on stderr').helpGroup('Output:'))
    .addOption(new Option('--registry <url>', 'registry (or FEEDFLEET_REGISTRY_URL)').helpGroup('Connection:'))
    .addOption(new Option('--key <key>', 'API key; better in FEEDFLEET_API_KEY').helpGroup('Connection:'))
    .addOption(
      new Option(
        '--data <folder>',
        'data folder of a fleet on this machine (or FEEDFLEET_DATA, or data of feedfleet.json, or ./data), used without --registry',
      ).helpGroup('Connection:'),
    )
    .addHelpText('after', `\nExamples:\n${renderExamples(options.examples)}\nExit codes:\n${renderExitCodes()}`);
}

/** Colours on a terminal, unless the user wants none. Source: no-color.org. */
function inkFor(parts: CliParts): (text: string) => string {
  const isColoured = parts.stderr.terminal !== undefined && (parts.environment.NO_COLOR ?? '') === '';
  return picocolors.createColors(isColoured).red;
}

/** Prints a failure where and as the user wants it. */
export function reportFailure(parts: CliParts, json: boolean, error: unknown): ExitCode {
  const failure = failureOf(error);
  parts.stderr.write(json ? `${JSON.stringify({ error: failure })}\n` : renderFailure(failure, inkFor(parts)));
  return exitCodeOf(failure);
}

/** Runs the body of a command and prints its result or its failure. */
export async function runLeaf(
  parts: CliParts,
  state: RunState,
  options: SharedOptions,
  body: () => Promise<CommandResult>,
): Promise<void> {
  const json = options.json === true;
  try {
    const result = await body();
    parts.stdout.write(json ? `${JSON.stringify(result.document, undefined, 2)}\n` : result.text);
    if (result.failure !== undefined) reportFailure(parts, json, result.failure);
    state.exitCode = result.exitCode ?? exitCodes.ok;
  } catch (error) {
    state.exitCode = reportFailure(parts, json, error);
  }
}
