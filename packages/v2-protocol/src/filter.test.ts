import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import fc from 'fast-check';
import { compileFilter } from './filter-evaluator.ts';
import { COMPARISONS, MAX_FILTER_DEPTH, MAX_FILTER_TERMS, parseFilter } from './filter.ts';
import type { Filter } from './filter.ts';
import { V2_PROPERTIES } from './package-property.ts';
import { sampleMetadata, sampleRow } from './sample-package.ts';

/** Prints with parentheses around everything, so that only the tree decides. */
function print(filter: Filter): string {
  switch (filter.kind) {
    case 'literal':
      return typeof filter.value === 'string' ? `'${filter.value.replaceAll("'", "''")}'` : String(filter.value);
    case 'instant':
      return `datetime'${new Date(filter.value).toISOString()}'`;
    case 'property':
      return filter.name;
    case 'call':
      return `${filter.name}(${filter.operands.map(print).join(',')})`;
    case 'not':
      return `not (${print(filter.operand)})`;
    case 'and':
    case 'or':
      return filter.operands.map((operand) => `(${print(operand)})`).join(` ${filter.kind} `);
    case 'comparison':
      return `(${print(filter.left)}) ${filter.operator} (${print(filter.right)})`;
  }
}

function withoutPlaces(filter: Filter): unknown {
  return JSON.parse(JSON.stringify(filter, (key, value: unknown) => (key === 'at' ? undefined : value)));
}

const at = fc.constant(0);
const trees = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    fc.record({
      kind: fc.constant('literal' as const),
      value: fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.nat(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.boolean(),
        fc.constant(null),
      ),
      at,
    }),
    fc.record({ kind: fc.constant('instant' as const), value: fc.nat({ max: 4e12 }), at }),
    fc.record({ kind: fc.constant('property' as const), name: fc.constantFrom(...V2_PROPERTIES.keys()), at }),
    fc.record({
      kind: fc.constant('call' as const),
      name: fc.constantFrom('tolower', 'substringof', 'startswith'),
      operands: fc.array(tie('tree'), { minLength: 1, maxLength: 2 }),
      at,
    }),
    fc.record({ kind: fc.constant('not' as const), operand: tie('tree'), at }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      operands: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
      at,
    }),
    fc.record({
      kind: fc.constant('comparison' as const),
      operator: fc.constantFrom(...COMPARISONS),
      left: tie('tree'),
      right: tie('tree'),
      at,
    }),
  ),
}));

function problemOf(action: () => unknown): ProblemError {
  try {
    action();
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('$filter', () => {
  it('reads back every tree that can be printed', () => {
    fc.assert(
      fc.property(trees.tree, (tree) => {
        expect(withoutPlaces(parseFilter(print(tree)))).toEqual(withoutPlaces(tree));
      }),
    );
  });

  it('answers any text with a tree or with a refusal', () => {
    const words = fc.constantFrom(
      'Id',
      'eq',
      'and',
      'or',
      'not',
      '(',
      ')',
      ',',
      "'x'",
      "'",
      'tolower',
      '1',
      'IsLatestVersion',
      ' ',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 40 }).map((parts) => parts.join(' ')),
    );
    const row = sampleRow(sampleMetadata('A', '1.0.0'));
    fc.assert(
      fc.property(texts, (text) => {
        try {
          compileFilter(parseFilter(text), V2_PROPERTIES)(row, { includeSemVer2: false });
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('lets and bind tighter than or, and comparisons tighter than and', () => {
    expect(withoutPlaces(parseFilter("IsLatestVersion or Id eq 'a' and IsPrerelease"))).toMatchObject({
      kind: 'or',
      operands: [{ kind: 'property' }, { kind: 'and', operands: [{ kind: 'comparison' }, { kind: 'property' }] }],
    });
  });

  it.each([
    ['Id eq', '$filter: expected a property, a function, a literal or a parenthesis at position 6, got the end'],
    ["Id eq 'a", '$filter: expected text that ends in a single quote at position 7, got "\'a"'],
    ['(Id', '$filter: expected a closing parenthesis at position 4, got the end'],
    ["Id eq 'a' Id", '$filter: expected and, or, a comparison or the end at position 11, got "Id"'],
    ['Name eq 1', 'got Name at position 1'],
    ['Id eq 1', 'expected two sides of one type, got text and number at position 1'],
    ['Id', 'expected a condition that is true or false, got text at position 1'],
    ['length(Id,Id) eq 1', 'got length with 2 operands at position 1'],
    ['length(IsLatestVersion) eq 1', 'expected text, got flag at position 8'],
    ["Created gt datetime'soon'", "expected datetime'2026-01-31T12:00:00' at position 12"],
    ["Created gt 'soon'", "expected an instant such as datetime'2026-01-31T12:00:00', got other text at position 12"],
    ['DownloadCount gt 1x', 'at position 18, got "1x"'],
    ['constructor(Id)', 'got constructor with 1 operands at position 1'],
    ['constructor', 'got constructor at position 1'],
  ])('says what is wrong with %s and where', (text, detail) => {
    const problem = problemOf(() => compileFilter(parseFilter(text), V2_PROPERTIES));
    expect(problem.code).toBe('FF_INVALID_QUERY');
    expect(problem.detail).toContain(detail);
  });

  it('refuses what is too deep or too long instead of running out of stack', () => {
    const deep = (levels: number) => `${'('.repeat(levels)}IsLatestVersion${')'.repeat(levels)}`;
    expect(parseFilter(deep(MAX_FILTER_DEPTH)).kind).toBe('property');
    expect(problemOf(() => parseFilter(deep(MAX_FILTER_DEPTH + 1))).detail).toContain('levels of nesting');
    const wide = (terms: number) => Array.from({ length: terms / 2 }, () => "tolower(Id) eq 'a'").join(' or ');
    expect(parseFilter(wide(MAX_FILTER_TERMS)).kind).toBe('or');
    expect(problemOf(() => parseFilter(wide(MAX_FILTER_TERMS + 2))).detail).toContain('calls and comparisons');
    expect(problemOf(() => parseFilter('not '.repeat(1500))).detail).toContain('levels of nesting');
    expect(problemOf(() => parseFilter(' '.repeat(9000))).detail).toContain('at most 8192 characters');
  });
});

describe('$filter on a package', () => {
  const row = sampleRow(sampleMetadata('RecLib', '1.0', { tags: ['math', 'PSModule'], authors: "O'Brien" }), {
    isLatest: true,
  });
  const holds = (text: string) => compileFilter(parseFilter(text), V2_PROPERTIES)(row, { includeSemVer2: false });

  it.each([
    'IsLatestVersion',
    'IsLatestVersion eq true',
    'true eq IsLatestVersion',
    'not IsAbsoluteLatestVersion',
    "Id eq 'reclib'",
    "tolower(Id) eq 'reclib'",
    "substringof('RecLib',tolower(Id))",
    "substringof('PSModule', Tags) eq true",
    "substringof(' math ',tolower(Tags))",
    "startswith(Id,'rec') and endswith(Id,'LIB')",
    "Version eq '1.0.0.0'",
    "Version eq '1.0+build'",
    "Version eq '1.0 build'",
    "NormalizedVersion gt '0.9.10' and NormalizedVersion lt '1.0.1'",
    '(Id ne null) and Summary eq null',
    "Authors eq 'O''Brien'",
    'DownloadCount ge 0',
    'DownloadCount eq 0L and PackageSize gt 1.2e3 and PackageSize lt 1e4d',
    'IsLatestVersion eq True and not (IsPrerelease eq True)',
    'length(Id) eq 6 and length(Summary) eq null',
    "indexof(Id,'lib') eq 3 and indexof(Id,'x') eq -1",
    "concat(concat(Id,' '),Version) eq 'RecLib 1.0'",
    "trim(concat(' ',toupper(Id))) eq 'reclib'",
    "Created gt datetime'2026-01-02' and Created lt datetimeoffset'2026-01-02T05:00:00.5+01:00'",
    "not (Version gt '1.0') and not (Version lt '1')",
    'Id eq Title',
    "Version ne 'nonsense' and Version ne null",
    "Published ge '2026-01-01T00:00:00Z'",
  ])('%s holds', (text) => {
    expect(holds(text)).toBe(true);
  });

  it.each([
    'IsAbsoluteLatestVersion',
    'IsLatestVersion eq false',
    "Id eq 'other'",
    "Version eq 'nonsense'",
    "Version gt '1.0.0'",
    'Description eq null',
    "substringof('x',Summary)",
  ])('%s does not hold', (text) => {
    expect(holds(text)).toBe(false);
  });
});
