/** `feedfleet source import`: what a team has configured in its clients becomes one feed. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { failureOf, withoutSecrets, type Failure } from '../failure.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts, RegistryPort } from '../parts.ts';
import { planSourceImport, type PlannedSource } from '../sources/import-plan.ts';
import { readNugetConfig } from '../sources/nuget-config.ts';
import { renderTable } from '../table.ts';

interface SourceImportOptions extends SharedOptions {
  readonly dryRun?: boolean;
}

interface ImportedSource {
  readonly key: string;
  readonly name: string | null;
  readonly url: string | null;
  readonly outcome: 'planned' | 'added' | 'skipped' | 'failed';
  readonly hasCredential: boolean;
  readonly enabled: boolean;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly notes: readonly string[];
  readonly failure?: Failure;
}

async function readConfig(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code = 'error' } = cause as NodeJS.ErrnoException;
    throw new ProblemError('usage', { detail: `${file} cannot be read (${code})`, cause });
  }
}

function shown({ key, creation, notes }: PlannedSource, outcome: ImportedSource['outcome']): ImportedSource {
  const url = creation?.target.kind === 'foreign' ? withoutSecrets(creation.target.url) : null;
  return {
    ...{ key, name: creation?.name ?? null, url, outcome: creation === null ? 'skipped' : outcome },
    hasCredential: (creation?.credential ?? null) !== null,
    enabled: creation !== null && creation.enabled !== false,
    include: creation?.include ?? ['*'],
    exclude: creation?.exclude ?? [],
    notes,
  };
}

/** One that fails does not keep the others out. */
async function importOne(
  planned: PlannedSource,
  { registry, feed, signal }: { readonly registry: RegistryPort; readonly feed: string; readonly signal: AbortSignal },
): Promise<ImportedSource> {
  if (planned.creation === null) return shown(planned, 'skipped');
  try {
    const { notes } = await registry.sources.create(feed, planned.creation, signal);
    return shown({ ...planned, notes: [...planned.notes, ...notes] }, 'added');
  } catch (error) {
    signal.throwIfAborted();
    return { ...shown(planned, 'failed'), failure: failureOf(error) };
  }
}

function render(imported: readonly ImportedSource[]): string {
  const table = renderTable(
    ['IN THE FILE', 'NAME', 'URL', 'IDS', 'CREDENTIAL', 'STATE', 'OUTCOME'],
    imported.map(({ key, name, url, include, exclude, hasCredential, enabled, outcome }) => [
      ...[key, name ?? '', url ?? ''],
      [...include, ...exclude.map((glob) => `not ${glob}`)].join(', '),
      ...[hasCredential ? 'basic' : 'none', enabled ? 'enabled' : 'disabled', outcome],
    ]),
  );
  const remarks = imported.flatMap(({ key, notes, failure }) => [
    ...notes.map((note) => `${key}: ${note}\n`),
    ...(failure === undefined ? [] : [`${key}: ${failure.code}: ${failure.detail ?? failure.title}\n`]),
  ]);
  const count = (outcome: ImportedSource['outcome']): number =>
    imported.filter((each) => each.outcome === outcome).length;
  const counts = (['planned', 'added', 'skipped', 'failed'] as const).filter((outcome) => count(outcome) > 0);
  const summary = counts.map((outcome) => `${count(outcome)} ${outcome}`).join(', ') || 'no sources';
  return `${imported.length === 0 ? '' : table}${withoutSecrets(remarks.join(''))}${summary}.\n`;
}

function resultOf(imported: readonly ImportedSource[]): CommandResult {
  const failure = imported.find((each) => each.failure !== undefined)?.failure;
  const isSkipped = imported.some(({ outcome }) => outcome === 'skipped');
  const incomplete = isSkipped ? exitCodes.failed : exitCodes.ok;
  const exitCode = failure === undefined ? incomplete : exitCodeOf(failure);
  return { document: { sources: imported }, text: render(imported), exitCode };
}

async function importSources(
  { feed, file }: { readonly feed: string; readonly file: string },
  options: SourceImportOptions,
  parts: CliParts,
): Promise<CommandResult> {
  const plan = planSourceImport(
    await readNugetConfig(await readConfig(path.resolve(parts.workingFolder, file))),
    parts.environment,
  );
  const registry = parts.openRegistry(await findRegistry(options, parts));
  // So that a feed that is not there is one failure, also of a dry run.
  await registry.sources.list(feed, parts.signal);
  if (options.dryRun === true) return resultOf(plan.map((planned) => shown(planned, 'planned')));
  const imported: ImportedSource[] = [];
  for (const planned of plan) {
    imported.push(await importOne(planned, { registry, feed, signal: parts.signal }));
  }
  return resultOf(imported);
}

export function sourceImportCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'import',
    description:
      'Adds the package sources of a nuget.config to a feed, with their credentials: clear-text passwords and %VARIABLES%. Passwords that are encrypted for a Windows user cannot be read; such sources are added disabled, and said. Patterns of the package source mapping become include and exclude globs. A source whose name the feed has already fails, and the rest goes on.',
    examples: [
      { says: 'What would be added', command: 'feedfleet source import team ./nuget.config --dry-run' },
      {
        says: 'With a password from the environment',
        command: 'PARTNER_TOKEN=... feedfleet source import team ./nuget.config',
      },
    ],
  })
    .argument('<owner>', 'name or alias of the feed')
    .argument('<file>', 'the nuget.config')
    .option('--dry-run', 'add nothing, show what would be added')
    .action((feed: string, file: string, options: SourceImportOptions) =>
      runLeaf(parts, state, options, () => importSources({ feed, file }, options, parts)),
    );
}
