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
  readonly overwrite?: Feed['overwrite'];
  readonly uploadWarnings?: 'on' | 'off';
  readonly maxTotalSize?: number | null;
  readonly maxPackages?: number | null;
  readonly maxVersions?: number | null;
}

export type FeedChanges = Partial<Omit<Feed, 'id' | 'name' | 'createdAt'>>;

/** What takes a limit away. */
const NO_LIMIT = 'none';

const parseSizeLimit = (text: string): number | null => (text === NO_LIMIT ? null : parseSizeBytes(text));

const parseCountLimit = (text: string): number | null => {
  if (text === NO_LIMIT) return null;
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new ProblemError('usage', { detail: `expected a whole number from 1 on, or ${NO_LIMIT}, got "${text}"` });
};

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
    )
    .addOption(
      new Option('--overwrite <when>', 'which versions a push may replace; a new feed never').choices([
        'never',
        'prerelease',
        'always',
      ]),
    )
    .addOption(
      new Option('--upload-warnings <state>', 'whether a push is told what could be better; on in a new feed').choices([
        'on',
        'off',
      ]),
    )
    .addOption(
      new Option(
        '--max-total-size <size>',
        `all its packages together, for example 20GB; ${NO_LIMIT} for no limit`,
      ).argParser(parseSizeLimit),
    )
    .addOption(new Option('--max-packages <n>', `most package ids, or ${NO_LIMIT}`).argParser(parseCountLimit))
    .addOption(
      new Option('--max-versions <n>', `most versions of all ids together, or ${NO_LIMIT}`).argParser(parseCountLimit),
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
    ...policyChangesOf(options),
  };
}

function policyChangesOf(options: FeedOptions): FeedChanges {
  return {
    ...(options.overwrite === undefined ? {} : { overwrite: options.overwrite }),
    ...(options.uploadWarnings === undefined ? {} : { uploadWarnings: options.uploadWarnings === 'on' }),
    ...(options.maxTotalSize === undefined ? {} : { quotaBytes: options.maxTotalSize }),
    ...(options.maxPackages === undefined ? {} : { quotaPackages: options.maxPackages }),
    ...(options.maxVersions === undefined ? {} : { quotaVersions: options.maxVersions }),
  };
}
