/** Says what is wrong with settings: `path: expected ..., got ... (from ORIGIN)`, and never a secret. */
import type { z } from 'zod';
import { coreOf, expectedOf, isSecret, schemaAt } from './schema-kinds.ts';

/** Where the value of a top-level setting came from: `FEEDFLEET_PORT`, `feedfleet.json`, `the command line`. */
type OriginOf = (key: string) => string | undefined;

export interface GivenSettings {
  readonly schema: z.ZodObject;
  /** As they were given, before anything was made of them. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly originOf: OriginOf;
}

const MAX_SHOWN_CHARACTERS = 80;

/** One sentence for each issue that zod found; a fault in several members of a union is told once. */
export function faultSentences(issues: readonly z.core.$ZodIssue[], given: GivenSettings): readonly string[] {
  return [...new Set(issues.map((issue) => faultSentence(issue, given)))];
}

function faultSentence(issue: z.core.$ZodIssue, given: GivenSettings): string {
  const key = String(issue.path[0] ?? '');
  const setting = schemaAt(given.schema, issue.path.slice(0, 1));
  const inner = schemaAt(given.schema, issue.path);
  const hidden = setting !== undefined && isSecret(setting);
  const value = valueAt(given.values, issue.path);
  const origin = given.originOf(key) ?? 'no place';
  const expected = inner === undefined ? issue.message : expectedBy(inner, issue);
  return `${issue.path.join('.')}: expected ${expected}, got ${shown(value, hidden)} (from ${origin})`;
}

/** Own words where the schema's bounds say it all, else the message of the check that failed. */
function expectedBy(setting: z.core.$ZodType, issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_format' && issue.format === 'url') return urlWords(coreOf(setting));
  const own: readonly string[] = ['invalid_type', 'too_small', 'too_big', 'invalid_value'];
  return own.includes(issue.code) ? expectedOf(setting) : issue.message;
}

function urlWords(schema: z.core.$ZodType): string {
  const { protocol } = schema._zod.def as { readonly protocol?: RegExp };
  return protocol?.source === '^https?$' ? 'an http or https URL' : 'a URL';
}

function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[step] : undefined),
    values,
  );
}

function shown(value: unknown, hidden: boolean): string {
  if (value === undefined) return 'nothing';
  if (hidden) return 'something else, which is a secret and not shown';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}...` : text;
}
