/** The properties of a feed as options, the same for `feed create` and `feed set`. */
import { ProblemError } from '@feedfleet/problems';
import type { Feed } from '@feedfleet/registry-client';
import { Option, type Command } from 'commander';

import type { SharedOptions } from './leaf-command.ts';
import { parseSizeBytes } from './quantities.ts';

/** Null for none. An object, because commander takes a null for an option without a value. */
interface Limit {
  readonly most: number | null;
}

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
  readonly maxTotalSize?: Limit;
  readonly maxPackages?: Limit;
  readonly maxVersions?: Limit;
  readonly keepStable?: Limit;
  readonly keepPrerelease?: Limit;
  readonly reservedIds?: readonly string[];
  readonly sharedIds?: readonly string[];
}

export type FeedChanges = Partial<Omit<Feed, 'id' | 'name' | 'createdAt'>>;

/** What takes a limit away. */
const NO_LIMIT = 'none';

const parseSizeLimit = (text: string): Limit => ({ most: text === NO_LIMIT ? null : parseSizeBytes(text) });

const parseLimit = (text: string, word: string): Limit => {
  if (text === word) return { most: null };
  if (/^[1-9]\d{0,9}$/.test(text)) return { most: Number(text) };
  throw new ProblemError('usage', { detail: `expected a whole number from 1 on, or ${word}, got "${text}"` });
};

const parseGlobs = (text: string): readonly string[] => {
  const globs = text.split(',').map((glob) => glob.trim());
  if (text === NO_LIMIT) return [];
  if (globs.every((glob) => glob !== '')) return globs;
  throw new ProblemError('usage', {
    detail: `expected package ids, separated by commas, or ${NO_LIMIT}, got "${text}"`,
  });
};

const parseCount = (text: string): Limit => parseLimit(text, NO_LIMIT);
const parseKept = (text: string): Limit => parseLimit(text, 'all');

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
        `all its packages and symbols together, for example 20GB; ${NO_LIMIT} for no limit`,
      ).argParser(parseSizeLimit),
    )
    .addOption(new Option('--max-packages <n>', `most package ids, or ${NO_LIMIT}`).argParser(parseCount))
    .addOption(
      new Option('--max-versions <n>', `most versions of all ids together, or ${NO_LIMIT}`).argParser(parseCount),
    )
    .addOption(
      new Option('--keep-stable <n>', 'newest stable versions of each id that stay, or all').argParser(parseKept),
    )
    .addOption(new Option('--keep-prerelease <n>', 'the same for pre-releases').argParser(parseKept))
    .addOption(
      new Option(
        '--reserved-ids <globs>',
        `package ids that never come from foreign sources, comma list such as Acme.*, or ${NO_LIMIT}`,
      ).argParser(parseGlobs),
    )
    .addOption(
      new Option(
        '--shared-ids <globs>',
        `package ids that may come from foreign sources although a feed of the fleet has them, or ${NO_LIMIT}`,
      ).argParser(parseGlobs),
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
    ...(options.maxTotalSize === undefined ? {} : { quotaBytes: options.maxTotalSize.most }),
    ...(options.maxPackages === undefined ? {} : { quotaPackages: options.maxPackages.most }),
    ...(options.maxVersions === undefined ? {} : { quotaVersions: options.maxVersions.most }),
    ...(options.keepStable === undefined ? {} : { keepStable: options.keepStable.most }),
    ...(options.keepPrerelease === undefined ? {} : { keepPrerelease: options.keepPrerelease.most }),
    ...(options.reservedIds === undefined ? {} : { reservedIds: [...options.reservedIds] }),
    ...(options.sharedIds === undefined ? {} : { sharedIds: [...options.sharedIds] }),
  };
}
