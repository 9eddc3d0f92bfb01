/** The properties of a feed as options, the same for `feed create` and `feed set`. */
import { ProblemError } from '@feedfleet/problems';
import type { Feed } from '@feedfleet/registry-client';
import { Option, type Command } from 'commander';

import type { SharedOptions } from './leaf-command.ts';
import { parseSizeBytes } from './quantities.ts';

export interface FeedOptions extends SharedOptions {
  readonly private?: boolean;
  readonly public?: boolean;
  readonly alias?: readonly string[];
  readonly owner?: string;
  readonly description?: string;
  readonly deletion?: Feed['deletion'];
  readonly maxPackageSize?: number;
}

export type FeedChanges = Partial<
  Pick<Feed, 'visibility' | 'aliases' | 'owner' | 'description' | 'deletion' | 'maxPackageBytes'>
>;

/** An option that may be given several times. */
export const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

export function addFeedOptions(command: Command): Command {
  return command
    .option('--private', 'readable with a key only')
    .option('--public', 'readable by everybody (default)')
    .addOption(new Option('--alias <name>', 'a second name; may be given several times').argParser(collect))
    .option('--owner <name>', 'who is responsible for it')
    .option('--description <text>', 'what it is for')
    .addOption(
      new Option('--deletion <effect>', 'what DELETE does to a version; a new feed unlists').choices([
        'unlist',
        'delete',
      ]),
    )
    .addOption(
      new Option('--max-package-size <size>', 'largest package that it takes, for example 250MB').argParser(
        parseSizeBytes,
      ),
    );
}

/** @throws {ProblemError} `FF_USAGE` when two options contradict each other. */
export function feedChangesOf(options: FeedOptions): FeedChanges {
  if (options.private === true && options.public === true) {
    throw new ProblemError('usage', { detail: '--private and --public contradict each other' });
  }
  return {
    ...(options.private === true ? { visibility: 'private' } : {}),
    ...(options.public === true ? { visibility: 'public' } : {}),
    ...(options.alias === undefined ? {} : { aliases: [...options.alias] }),
    ...(options.owner === undefined ? {} : { owner: options.owner }),
    ...(options.description === undefined ? {} : { description: options.description }),
    ...(options.deletion === undefined ? {} : { deletion: options.deletion }),
    ...(options.maxPackageSize === undefined ? {} : { maxPackageBytes: options.maxPackageSize }),
  };
}
