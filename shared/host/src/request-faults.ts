/** Says everything that is wrong with a request, each fault as `path: expected ..., got ...`. */
import { ProblemError } from '@feedfleet/problems';
import type { z } from 'zod';
import { redact } from './redact.ts';

const maxShownCharacters = 80;
const maxFaults = 20;

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
    input,
  );
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = redact(JSON.stringify(value));
  return text.length > maxShownCharacters ? `${text.slice(0, maxShownCharacters)}...` : text;
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected;
    case 'invalid_value':
      return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_format':
      return issue.format === 'datetime' ? 'an instant in UTC such as 2030-01-31T00:00:00Z' : issue.message;
    case 'not_multiple_of':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return issue.message;
    case 'unrecognized_keys':
      return 'no such field';
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' elements' : '';
}

/** The most telling branch of a union is the one that got furthest into the value. */
function flattened(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const branches = issue.errors.map((branch) =>
    branch.flatMap((inner) => flattened({ ...inner, path: [...issue.path, ...inner.path] })),
  );
  const depth = (branch: readonly z.core.$ZodIssue[]): number => Math.max(0, ...branch.map(({ path }) => path.length));
  return branches.toSorted((left, right) => depth(right) - depth(left))[0] ?? [issue];
}

function sentences(
  issue: z.core.$ZodIssue,
  input: unknown,
  { where, secretFields = [] }: ReadRequestOptions,
): readonly string[] {
  const got = (path: readonly PropertyKey[], isUnknown: boolean): string => {
    const isSecret = secretFields.includes(String(path[0])) || (isUnknown && secretFields.length > 0);
    const value = valueAt(input, path);
    return isSecret && value !== undefined ? 'something that may be secret and is not shown' : shown(value);
  };
  if (issue.code === 'unrecognized_keys') {
    const at = [where, ...issue.path.map(String)].filter((part) => part !== '');
    return issue.keys.map(
      (key) => `${[...at, key].join('.')}: expected no such field, got ${got([...issue.path, key], true)}`,
    );
  }
  const path = [where, ...issue.path.map(String)].filter((part) => part !== '').join('.');
  return [`${path === '' ? 'body' : path}: expected ${expectation(issue)}, got ${got(issue.path, false)}`];
}

export interface ReadRequestOptions {
  /** What paths start with; empty for the body. */
  readonly where: string;
  /** Top-level fields whose values are never told. Where there are any, those of unknown fields are not told either. */
  readonly secretFields?: readonly string[];
}

/**
 * Reads a part of a request by its schema.
 *
 * @throws {ProblemError} `FF_INVALID_REQUEST` with every fault.
 */
export function readRequest<T>(schema: z.ZodType<T>, input: unknown, options: ReadRequestOptions): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap(flattened).flatMap((issue) => sentences(issue, input, options));
  throw new ProblemError('invalidRequest', { detail: [...new Set(faults)].slice(0, maxFaults).join('; ') });
}
