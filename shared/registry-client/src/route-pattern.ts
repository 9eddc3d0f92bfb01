/**
 * The grammar of route patterns: `/F/{feed}[/auth/{key}]/api/v2`.
 *
 * Literals are matched without case, `{name}` takes one whole segment, `[...]` is an optional group of whole segments.
 */

export type PatternSegment =
  | { readonly kind: 'literal'; /** In lower case. */ readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string };

export type ParsedPattern =
  | {
      readonly outcome: 'parsed';
      /** One list of segments for each choice of optional groups. */
      readonly variants: readonly (readonly PatternSegment[])[];
    }
  | {
      readonly outcome: 'invalid';
      readonly problem: string;
      /** Index of the character, counted from 0. */
      readonly position: number;
    };

type Invalid = Extract<ParsedPattern, { outcome: 'invalid' }>;
interface Group {
  readonly isOptional: boolean;
  readonly segments: readonly PatternSegment[];
}

const maxGroups = 4;
const maxSegments = 32;
const parameterName = /^[A-Za-z][A-Za-z0-9]{0,63}$/;
const literalText = /^[A-Za-z0-9._~!$&'()*+,;=:@-]+$/;

const invalid = (problem: string, position: number): Invalid => ({ outcome: 'invalid', problem, position });

function parseSegment(text: string, position: number): PatternSegment | Invalid {
  if (text === '') return invalid('expected a segment after "/"', position);
  if (text.startsWith('{')) {
    if (!text.endsWith('}')) return invalid('expected "}" at the end of the segment', position + text.length);
    const name = text.slice(1, -1);
    return parameterName.test(name)
      ? { kind: 'parameter', name }
      : invalid('expected a name of letters and digits between "{" and "}"', position + 1);
  }
  if (text === '.' || text === '..') return invalid('dot segments never match', position);
  if (literalText.test(text)) return { kind: 'literal', text: text.toLowerCase() };
  const offset = text.search(/[^A-Za-z0-9._~!$&'()*+,;=:@-]/);
  return invalid(`unexpected "${text.charAt(offset)}" in a segment`, position + offset);
}

/** Segments of one group; each starts with a slash. */
function parseSegments(text: string, position: number): readonly PatternSegment[] | Invalid {
  if (!text.startsWith('/')) return invalid('expected "/"', position);
  const segments: PatternSegment[] = [];
  let start = position + 1;
  for (const part of text.slice(1).split('/')) {
    const segment = parseSegment(part, start);
    if ('outcome' in segment) return segment;
    segments.push(segment);
    start += part.length + 1;
  }
  return segments;
}

function isInvalid(result: readonly PatternSegment[] | readonly Group[] | Invalid): result is Invalid {
  return 'outcome' in result;
}

function splitGroups(pattern: string): readonly Group[] | Invalid {
  const groups: Group[] = [];
  let position = 0;
  while (position < pattern.length) {
    const isOptional = pattern[position] === '[';
    const stop = isOptional ? pattern.indexOf(']', position) : pattern.indexOf('[', position);
    if (isOptional && stop === -1) return invalid('expected "]" for this "["', position);
    const end = stop === -1 ? pattern.length : stop;
    const start = isOptional ? position + 1 : position;
    const text = pattern.slice(start, end);
    const nested = text.indexOf('[');
    if (nested !== -1) return invalid('optional groups cannot be nested', start + nested);
    const segments = parseSegments(text, start);
    if (isInvalid(segments)) return segments;
    groups.push({ isOptional, segments });
    position = isOptional ? end + 1 : end;
  }
  return groups;
}

function firstRepeatedName(groups: readonly Group[]): string | undefined {
  const seen = new Set<string>();
  for (const segment of groups.flatMap((group) => group.segments)) {
    if (segment.kind !== 'parameter') continue;
    if (seen.has(segment.name)) return segment.name;
    seen.add(segment.name);
  }
  return undefined;
}

/**
 * Parses a pattern; `/` alone matches every path.
 *
 * @example
 * parseRoutePattern('/F/{feed}[/auth/{key}]'); // two variants: F, {feed} and F, {feed}, auth, {key}
 */
export function parseRoutePattern(pattern: string): ParsedPattern {
  if (pattern === '/') return { outcome: 'parsed', variants: [[]] };
  if (pattern === '') return invalid('expected "/"', 0);
  const groups = splitGroups(pattern);
  if (isInvalid(groups)) return groups;
  const repeated = firstRepeatedName(groups);
  if (repeated !== undefined) {
    return invalid(`the parameter {${repeated}} stands twice`, pattern.lastIndexOf(`{${repeated}}`));
  }
  if (groups.filter((group) => group.isOptional).length > maxGroups) {
    return invalid(`expected at most ${maxGroups} optional groups`, pattern.lastIndexOf('['));
  }
  if (groups.reduce((sum, group) => sum + group.segments.length, 0) > maxSegments) {
    return invalid(`expected at most ${maxSegments} segments`, pattern.length - 1);
  }
  const variants = groups.reduce<readonly (readonly PatternSegment[])[]>(
    (soFar, { isOptional, segments }) => [
      ...soFar.map((variant) => [...variant, ...segments]),
      ...(isOptional ? soFar : []),
    ],
    [[]],
  );
  return { outcome: 'parsed', variants };
}
