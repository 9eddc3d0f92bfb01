/** `feedfleet source set`. */
import { ProblemError } from '@feedfleet/problems';
import type { SourceChange } from '@feedfleet/registry-client';
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderReceipt } from '../receipt-view.ts';
import { givenCredential } from '../sources/given-secret.ts';
import { addSourceOptions, givenFields, givenTarget, type SourceOptions } from '../sources/source-options.ts';
import { renderNotes, renderSource } from '../sources/source-view.ts';

interface SourceSetOptions extends SourceOptions {
  readonly rename?: string;
  readonly url?: string;
  /** `--no-credential` */
  readonly credential: boolean;
}

interface Place {
  readonly feed: string;
  readonly source: string;
}

async function changeOf(options: SourceSetOptions, saysPrerelease: boolean, parts: CliParts): Promise<SourceChange> {
  const target = givenTarget(options.url, options);
  const credential = (await givenCredential(options, parts)) ?? target?.credential;
  if (!options.credential && credential !== undefined) {
    throw new ProblemError('usage', { detail: '--no-credential and a credential contradict each other' });
  }
  const change: SourceChange = {
    ...givenFields(options, saysPrerelease),
    ...(options.rename === undefined ? {} : { name: options.rename }),
    ...(target === undefined ? {} : { target: target.target }),
    ...(credential === undefined ? {} : { credential }),
    ...(options.credential ? {} : { credential: null }),
  };
  if (Object.keys(change).length > 0) return change;
  throw new ProblemError('usage', { detail: 'nothing to change: give at least one option' });
}

async function setSource(
  at: Place,
  {
    options,
    saysPrerelease,
    parts,
  }: { readonly options: SourceSetOptions; readonly saysPrerelease: boolean; readonly parts: CliParts },
): Promise<CommandResult> {
  const change = await changeOf(options, saysPrerelease, parts);
  const registry = parts.openRegistry(await findRegistry(options, parts));
  if (options.dryRun === true) {
    const edit = { kind: 'change' as const, source: at.source, change };
    const effect = await registry.sources.effect(at.feed, edit, parts.signal);
    return { document: effect, text: `${effect.effect.sentence}\n${renderNotes(effect.notes)}` };
  }
  const written = await registry.sources.update(at, change, parts.signal);
  const text = `${renderSource(written.source)}${renderNotes(written.notes)}${renderReceipt('Changed', written.change)}`;
  return { document: written, text };
}

export function sourceSetCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'set',
    description:
      'Changes a package source: only what is given. Globs that are given replace the ones that it had. Another target needs its credential again.',
    examples: [
      { says: 'Do without it when it does not answer', command: 'feedfleet source set team public --optional' },
      { says: 'Prefer it to all others', command: 'feedfleet source set team core --position 0' },
      {
        says: 'Another API key, from standard input',
        command: 'feedfleet source set team partner --api-key - < key.txt',
      },
    ],
  })
    .argument('<owner>', 'name or alias of the feed that has the source')
    .argument('<source>', 'name or id of the source');
  return addSourceOptions(command)
    .option('--url <url>', 'where it is')
    .option('--rename <name>', 'the new name')
    .option('--enable', 'use it')
    .option('--disable', 'keep it, and do not use it')
    .option('--no-credential', 'forget its credential')
    .action((feed: string, source: string, options: SourceSetOptions, own: Command) => {
      const saysPrerelease = own.getOptionValueSource('prerelease') === 'cli';
      return runLeaf(parts, state, options, () => setSource({ feed, source }, { options, saysPrerelease, parts }));
    });
}
