/**
 * OData URLs: which resource a path names, and what its query options say.
 *
 * Source: OData 2.0, "URI Conventions". Differs on purpose: names of resources and options are taken without case, and
 * parentheses and quotes may be percent-encoded, because real clients do all of that.
 */
import { ProblemError } from '@feedfleet/problems';
import { invalidOption, parseText, shown } from './odata-literal.ts';

export interface ODataPath {
  /** Decoded segments; empty for the service root. */
  readonly segments: readonly string[];
  /** The first segment without parentheses, in lower case; empty for the service root. */
  readonly resource: string;
  /** What stands in the parentheses; empty for `()`, undefined without parentheses. */
  readonly arguments: string | undefined;
}

/** Query options by name in lower case; every name at most once. */
export type QueryOptions = ReadonlyMap<string, string>;

const RESOURCE = /^([$\w-]+)(?:\((.*)\))?$/s;
const MAX_OPTIONS = 64;

/**
 * Splits before it decodes, so that `%2F` stays part of a segment.
 *
 * @param path - percent-encoded, as sent, starting with `/`.
 */
export function parsePath(path: string): ODataPath {
  const segments = path.split('/').filter((segment) => segment !== '');
  const decoded = segments.map((segment) => decodeComponent(segment, 'path'));
  const match = RESOURCE.exec(decoded[0] ?? '');
  return {
    segments: decoded,
    resource: (match?.[1] ?? '').toLowerCase(),
    arguments: match?.[2],
  };
}

/** @param search - raw query string without `?`; `+` stands for a blank. */
export function parseOptions(search: string): QueryOptions {
  const options = new Map<string, string>();
  const pairs = search.split('&').filter((pair) => pair !== '');
  if (pairs.length > MAX_OPTIONS) {
    throw new ProblemError('invalidQuery', { detail: `expected at most ${MAX_OPTIONS} options, got ${pairs.length}` });
  }
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decodeQuery(equals < 0 ? pair : pair.slice(0, equals)).toLowerCase();
    const value = equals < 0 ? '' : decodeQuery(pair.slice(equals + 1));
    const before = options.get(name);
    if (before !== undefined && before !== value) throw invalidOption(name, 'the option once', value);
    options.set(name, value);
  }
  return options;
}

function decodeQuery(text: string): string {
  return decodeComponent(text.replaceAll('+', ' '), 'query');
}

function decodeComponent(text: string, where: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    const detail = `${where}: expected percent-encoded UTF-8, got ${shown(text)}`;
    throw new ProblemError('invalidQuery', { detail, cause });
  }
}

const KEY = /^\s*(\w+)\s*=\s*('(?:[^']|'')*')\s*$/;
const COMMA_OUTSIDE_QUOTES = /,(?=(?:[^']*'[^']*')*[^']*$)/;

/** Reads `Id='X',Version='1.0'` in any order and with blanks; undefined when it is not exactly these two. */
export function parsePackageKey(text: string): { readonly id: string; readonly version: string } | undefined {
  const keys = new Map<string, string>();
  for (const part of text.length > 1000 ? [] : text.split(COMMA_OUTSIDE_QUOTES)) {
    const [, name = '', value = ''] = KEY.exec(part) ?? [];
    keys.set(name.toLowerCase(), parseText(name, value));
  }
  const id = keys.get('id');
  const version = keys.get('version');
  return keys.size === 2 && id !== undefined && version !== undefined ? { id, version } : undefined;
}

const FUNCTIONS = ['findpackagesbyid', 'search', 'getupdates'];
const ARGUMENT = /^\s*(\w+)\s*=\s*('(?:[^']|'')*'|\w+)\s*$/;

/**
 * The options of a function, with those that stand in its parentheses: `FindPackagesById(id='X')`.
 *
 * @throws ProblemError `FF_INVALID_QUERY` for other things in the parentheses, which would go unheard.
 */
export function withArguments(options: QueryOptions, { resource, arguments: given = '' }: ODataPath): QueryOptions {
  if (given.trim() === '' || !FUNCTIONS.includes(resource)) return options;
  const all = new Map(options);
  for (const part of given.length > 1000 ? [given] : given.split(COMMA_OUTSIDE_QUOTES)) {
    const [, name = '', value = ''] = ARGUMENT.exec(part) ?? [];
    if (name === '') throw invalidOption(resource, "parameters as id='X', joined by commas, or ()", given);
    const option = name.toLowerCase();
    const before = all.get(option);
    if (before !== undefined && before !== value) throw invalidOption(option, 'the option once', value);
    all.set(option, value);
  }
  return all;
}
