/** `feedfleet key create`: prints the key, which nobody can print a second time. */
import { ProblemError } from '@feedfleet/problems';
import { scopeSchema, type Scope } from '@feedfleet/registry-client';
import { Option, type Command } from 'commander';

import { findRegistry } from '../connection.ts';
import { collect } from '../feed-options.ts';
import { renderReceipt } from '../receipt-view.ts';
import { keyViewOf, renderKeys } from '../key-view.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { parseExpiry } from '../quantities.ts';

interface KeyCreateOptions extends SharedOptions {
  readonly feed?: readonly string[];
  readonly allFeeds?: boolean;
  readonly admin?: boolean;
  readonly scope?: readonly Scope[];
  readonly packages?: readonly string[];
  readonly expires: string;
  readonly name: string;
  readonly owner?: string;
}

function parseScopes(text: string, before: readonly Scope[] | undefined): readonly Scope[] {
  const words = text.split(',').map((word) => word.trim());
  const scopes = words.map((word) => {
    const parsed = scopeSchema.safeParse(word);
    if (parsed.success) return parsed.data;
    throw new ProblemError('usage', {
      detail: `--scope: expected ${scopeSchema.options.join(', ')}, got "${word}"`,
    });
  });
  return [...new Set([...(before ?? []), ...scopes])];
}

/** @throws {ProblemError} `FF_USAGE` unless exactly one of the three ways to say which feeds is taken. */
function grantOf(options: KeyCreateOptions): { readonly feeds: 'all' | readonly string[]; readonly scopes: Scope[] } {
  const ways = [options.feed !== undefined, options.allFeeds === true, options.admin === true];
  if (ways.filter(Boolean).length !== 1) {
    throw new ProblemError('usage', { detail: 'give one of --feed, --all-feeds and --admin' });
  }
  if (options.admin === true) {
    if (options.scope !== undefined) throw new ProblemError('usage', { detail: '--admin has every scope already' });
    return { feeds: 'all', scopes: [...scopeSchema.options] };
  }
  if (options.scope === undefined) {
    throw new ProblemError('usage', { detail: `say with --scope what for: ${scopeSchema.options.join(', ')}` });
  }
  return { feeds: options.feed ?? 'all', scopes: [...options.scope] };
}

async function createKey(options: KeyCreateOptions, parts: CliParts): Promise<CommandResult> {
  const grant = grantOf(options);
  const nowMs = parts.clock.now();
  const expiresAt = parseExpiry(options.expires, nowMs);
  const registry = parts.openRegistry(await findRegistry(options, parts));
  const feeds = await registry.feeds.list(parts.signal);
  const { secret, key, change } = await registry.keys.create(
    {
      name: options.name,
      feeds: grant.feeds === 'all' ? 'all' : [...grant.feeds],
      scopes: grant.scopes,
      expiresAt,
      packageGlobs: [...(options.packages ?? ['*'])],
      ...(options.owner === undefined ? {} : { owner: options.owner }),
    },
    parts.signal,
  );
  const view = keyViewOf(key, feeds, nowMs);
  return {
    document: { secret, key: view, change },
    text: `${secret}\n\nKeep it: it is shown this once.\n${renderKeys([view])}${renderReceipt('Created', change)}`,
  };
}

export function keyCreateCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'create',
    description: 'Creates an API key and prints it, this once: only its hash is kept.',
    examples: [
      {
        says: 'For a build that pushes two families of packages, for 90 days',
        command:
          "feedfleet key create --feed acme --scope push --packages 'Acme.*' --packages 'Contoso.*' --expires 90d",
      },
      {
        says: 'Into a variable',
        command: 'FEEDFLEET_API_KEY=$(feedfleet key create --all-feeds --scope read --json | jq -r .secret)',
      },
    ],
  })
    .addOption(new Option('--feed <name>', 'for this feed; may be given several times').argParser(collect))
    .option('--all-feeds', 'for all feeds, also those that come later')
    .option('--admin', 'for everything: all feeds, all scopes')
    .addOption(
      new Option('--scope <scopes>', `what it allows, comma list of ${scopeSchema.options.join(', ')}`).argParser(
        parseScopes,
      ),
    )
    .addOption(
      new Option(
        '--packages <glob>',
        'package ids to push, unlist and delete; may be given several times (default: *)',
      ).argParser(collect),
    )
    .option('--expires <time>', '90d, 12h, 2w, 2027-01-31 or never', 'never')
    .option('--name <text>', 'what it is for, as key list shows it', 'cli')
    .option('--owner <name>', 'whose it is')
    .action((options: KeyCreateOptions) => runLeaf(parts, state, options, () => createKey(options, parts)));
}
