/** `feedfleet source add`. */
import { ProblemError } from '@feedfleet/problems';
import type { SourceCreation } from '@feedfleet/registry-client';
import type { Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderReceipt } from '../receipt-view.ts';
import { givenCredential } from '../sources/given-secret.ts';
import { awaitLoopCheck } from '../sources/loop-check.ts';
import { addSourceOptions, givenFields, givenTarget, type SourceOptions } from '../sources/source-options.ts';
import { renderNotes, renderSource } from '../sources/source-view.ts';

interface NamedSource {
  readonly feed: string;
  readonly name: string;
  readonly url: string | undefined;
}

async function creationOf(
  { name, url }: NamedSource,
  options: SourceOptions,
  parts: CliParts,
): Promise<SourceCreation> {
  const target = givenTarget(url, options);
  if (target === undefined) throw new ProblemError('usage', { detail: 'give the URL of the source, or --feed' });
  const credential = (await givenCredential(options, parts)) ?? target.credential;
  const fields = givenFields(options, options.prerelease === false);
  return { ...fields, name, target: target.target, ...(credential === undefined ? {} : { credential }) };
}

async function addSource(named: NamedSource, options: SourceOptions, parts: CliParts): Promise<CommandResult> {
  const { feed } = named;
  const creation = await creationOf(named, options, parts);
  const registry = parts.openRegistry(await findRegistry(options, parts));
  if (options.dryRun === true) {
    const effect = await registry.sources.effect(feed, { kind: 'add', source: creation }, parts.signal);
    return { document: effect, text: `${effect.effect.sentence}\n${renderNotes(effect.notes)}` };
  }
  const { source: written, notes, change } = await registry.sources.create(feed, creation, parts.signal);
  const { source, words } = await awaitLoopCheck({ registry, feed, parts }, written);
  const text = `${renderSource(source)}${renderNotes(notes)}${words}${renderReceipt('Added', change)}`;
  return { document: { source, notes, change }, text };
}

export function sourceAddCommand(parts: CliParts, state: RunState): Command {
  const command = leafCommand({
    name: 'add',
    description:
      'Adds a package source to a feed: a URL, or another feed of this fleet. A foreign source is used as soon as it is known that it does not lead back to this fleet; the command waits up to 10 s for that.',
    examples: [
      { says: 'A foreign source', command: 'feedfleet source add team public https://packages.example/v3/index.json' },
      {
        says: 'A private one, the password from standard input',
        command:
          'feedfleet source add team partner https://packages.example/v3/index.json --user build --password-stdin < password.txt',
      },
      {
        says: 'Another feed of this fleet, the key of a private one from the environment',
        command: 'feedfleet source add team core --feed core --api-key env:CORE_KEY --include "Core.*"',
      },
      { says: 'What that would change', command: 'feedfleet source add team core --feed core --dry-run' },
    ],
  })
    .argument('<owner>', 'name or alias of the feed that gets the source')
    .argument('<name>', 'name of the source')
    .argument('[url]', 'where it is');
  return addSourceOptions(command)
    .option('--disable', 'add it, and do not use it yet')
    .action((feed: string, name: string, url: string | undefined, options: SourceOptions) =>
      runLeaf(parts, state, options, () => addSource({ feed, name, url }, options, parts)),
    );
}
