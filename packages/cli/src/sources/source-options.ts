/** The properties of a package source as options, the same for `source add` and `source set`. */
import { ProblemError } from '@feedfleet/problems';
import type { SourceChange, SourceTargetWrite } from '@feedfleet/registry-client';
import { Option, type Command } from 'commander';

import { collect } from '../feed-options.ts';
import type { SharedOptions } from '../leaf-command.ts';
import { withoutSecrets } from '../failure.ts';
import { addSecretOptions, type SecretOptions } from './given-secret.ts';

export interface SourceOptions extends SharedOptions, SecretOptions {
  readonly feed?: string;
  readonly protocol?: 'v2' | 'v3';
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly prerelease?: boolean;
  readonly mode?: 'proxy' | 'mirror';
  readonly optional?: boolean;
  readonly required?: boolean;
  readonly enable?: boolean;
  readonly disable?: boolean;
  readonly timeout?: number;
  readonly fresh?: number;
  readonly stale?: number;
  readonly allowPrivateAddresses?: boolean;
  readonly position?: number;
  readonly dryRun?: boolean;
}

const msPerUnit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function parseDurationMs(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (match === null)
    throw new ProblemError('usage', { detail: `expected a time such as 500ms, 10s or 7d, got "${text}"` });
  return Number(match[1]) * (msPerUnit[match[2] ?? ''] ?? 0);
}

function parsePosition(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new ProblemError('usage', { detail: `--position: expected 0 to 9999, got "${text}"` });
}

export function addSourceOptions(command: Command): Command {
  const duration = (flags: string, what: string): Option => new Option(flags, what).argParser(parseDurationMs);
  addSecretOptions(command)
    .option('--feed <name>', 'a feed of this fleet, instead of a URL')
    .addOption(new Option('--protocol <version>', 'of a URL that does not tell').choices(['v2', 'v3']))
    .addOption(new Option('--include <glob>', 'only these package ids; may be given several times').argParser(collect))
    .addOption(
      new Option('--exclude <glob>', 'none of these package ids; may be given several times').argParser(collect),
    )
    .option('--no-prerelease', 'take no pre-releases')
    .option('--prerelease', 'take pre-releases too (default)')
    .addOption(
      new Option('--mode <mode>', 'proxy asks live, mirror keeps what was downloaded').choices(['proxy', 'mirror']),
    )
    .option('--optional', 'leave the source out when it does not answer')
    .option('--required', 'rather say that the feed cannot answer (default)')
    .addOption(duration('--timeout <time>', 'for a whole answer, 100ms to 60s; 10s if not said'))
    .addOption(duration('--fresh <time>', 'how long an answer counts as fresh; 60s if not said'))
    .addOption(duration('--stale <time>', 'how long a copy stands in for a silent source; 7d if not said'))
    .option('--allow-private-addresses', 'it may be inside this network; administrators only')
    .addOption(new Option('--position <n>', 'its place among the sources, from 0').argParser(parsePosition))
    .option('--dry-run', 'save nothing, say what it would change');
  return command;
}

interface GivenUrl {
  readonly target: SourceTargetWrite;
  /** Of the URL: `https://user:password@host/`. */
  readonly credential?: { readonly kind: 'basic'; readonly userName: string; readonly secret: string };
}

/** Takes user and password out of a URL. @returns `undefined` for what is no http or https URL. */
export function readSourceUrl(text: string, protocol: 'v2' | 'v3' | undefined): GivenUrl | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const [userName, secret] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  [url.username, url.password, url.hash] = ['', '', ''];
  const target = { kind: 'foreign' as const, url: url.href, ...(protocol === undefined ? {} : { protocol }) };
  return secret === '' ? { target } : { target, credential: { kind: 'basic', userName, secret } };
}

/** What a source leads to, of a URL or `--feed`; `undefined` when neither is given. @throws {ProblemError} `FF_USAGE`. */
export function givenTarget(url: string | undefined, options: SourceOptions): GivenUrl | undefined {
  if (url !== undefined && options.feed !== undefined) {
    throw new ProblemError('usage', { detail: 'give a URL or --feed, not both' });
  }
  if (options.feed !== undefined) return { target: { kind: 'feed', feed: options.feed } };
  if (url === undefined) return undefined;
  const read = readSourceUrl(url, options.protocol);
  if (read !== undefined) return read;
  throw new ProblemError('usage', { detail: `expected an http or https URL, got "${withoutSecrets(url)}"` });
}

const given = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;

function oneOf(yes: boolean | undefined, no: boolean | undefined, flags: string): boolean | undefined {
  if (yes === true && no === true) throw new ProblemError('usage', { detail: `${flags} contradict each other` });
  return yes === true ? true : no === true ? false : undefined;
}

/** Only what was said. @param saysPrerelease - whether one of the two options for it was given. */
export function givenFields(options: SourceOptions, saysPrerelease: boolean): SourceChange {
  return given({
    include: options.include === undefined ? undefined : [...options.include],
    exclude: options.exclude === undefined ? undefined : [...options.exclude],
    prerelease: saysPrerelease ? options.prerelease : undefined,
    mode: options.mode,
    required: oneOf(options.required, options.optional, '--required and --optional'),
    enabled: oneOf(options.enable, options.disable, '--enable and --disable'),
    timeoutMs: options.timeout,
    freshMs: options.fresh,
    staleMs: options.stale,
    allowPrivateAddresses: options.allowPrivateAddresses,
    position: options.position,
  });
}
