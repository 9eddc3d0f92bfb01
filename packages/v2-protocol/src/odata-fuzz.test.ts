import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import fc from 'fast-check';
import { checkOptions, findByIdQuery, parsePaging, parseShape, searchQuery } from './collection-request.ts';
import { compileFilter } from './filter-evaluator.ts';
import { parseOptions, parsePackageKey, parsePath, withArguments } from './odata-url.ts';
import { orderKeys } from './order.ts';
import { V2_PROPERTIES } from './package-property.ts';
import { planQuery } from './plan.ts';
import { sampleMetadata, sampleRow } from './sample-package.ts';
import { parseSkipToken, skipTokenOf } from './skip-token.ts';

/** How many requests are made up; CONTRIBUTING.md says how to ask for more. */
const CASES = Number(process.env.FEEDFLEET_FUZZ_CASES ?? 10_000);

const ROW = sampleRow(sampleMetadata('Core', '1.0.0'));

const WORDS = [
  ...V2_PROPERTIES.keys(),
  ...[
    'eq',
    'ne',
    'gt',
    'ge',
    'lt',
    'le',
    'and',
    'or',
    'not',
    'asc',
    'desc',
    'true',
    'false',
    'null',
    '(',
    ')',
    ',',
    '=',
    "'",
  ],
  ...['substringof(', 'startswith(', 'endswith(', 'tolower(', 'toupper(', 'indexof(', 'length(', 'trim(', 'concat('],
  ...["'core'", "'1.0.0'", "'O''Brien'", "''", '0', '-1.5e3', '9'.repeat(400), '10L', "datetime'2026-01-31T12:00:00Z'"],
  ...[
    "datetime'",
    "datetimeoffset''",
    '*',
    '\u0000',
    '\ud800',
    '\u00e9',
    '%',
    '%27',
    '+',
    '&',
    '/',
    '$count',
    '(('.repeat(80),
  ],
];

const soup = fc
  .array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...WORDS) }, fc.string({ unit: 'binary', maxLength: 4 })), {
    maxLength: 24,
  })
  .chain((words) => fc.constantFrom(' ', '', '%20', '+').map((blank) => words.join(blank)));

/** An expression that reads, so that what comes after the parser has its turn. */
const comparison = fc
  .tuple(
    fc.constantFrom(
      ...V2_PROPERTIES.keys(),
      'tolower(Id)',
      'length(Id)',
      "indexof(Id,'o')",
      "concat(Id,'x')",
      'not true',
    ),
    fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'),
    fc.constantFrom("'core'", "'1.0.0'", '1', 'true', 'null', "datetime'2026-01-31T12:00:00Z'", 'Id', 'Version'),
  )
  .map((parts) => parts.join(' '));
const filter = fc
  .array(comparison, { minLength: 1, maxLength: 4 })
  .chain((parts) => fc.constantFrom(' and ', ' or ', ' and not ').map((word) => parts.join(word)));

const requests = fc.record({
  path: fc.oneof(soup, fc.constantFrom("Packages(Id='a',Version='1')", 'FindPackagesById()', "Search(searchTerm='x')")),
  filter: fc.oneof(soup, filter),
  orderby: fc.oneof(soup, fc.constantFrom('Id', 'Version desc', 'DownloadCount desc,Id', 'Published desc')),
  skiptoken: fc.oneof(soup, fc.constantFrom("'core','1.0.0'", "7,'core','1.0.0'")),
  select: fc.oneof(soup, fc.constantFrom('*', 'Id,Version')),
  rest: fc.oneof(soup, fc.constantFrom("id='Core'", "searchTerm='core'&semVerLevel=2.0.0", '$top=1&$skip=2')),
  encoded: fc.boolean(),
});
type FuzzedRequest = typeof requests extends fc.Arbitrary<infer T> ? T : never;

/** What the text says, or the problem that it has; anything else that is thrown is a defect. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

function searchOf({ filter: condition, orderby, skiptoken, select, rest, encoded }: FuzzedRequest): string {
  const text = (value: string) => (encoded ? encodeURIComponent(value.toWellFormed()) : value);
  return `$filter=${text(condition)}&$orderby=${text(orderby)}&$skiptoken=${text(skiptoken)}&$select=${text(select)}&${rest}`;
}

/** Goes the way of a request, up to the row that is tested and the link that is written; counts how far it gets. */
function walk(request: FuzzedRequest, reached: Map<string, number>): void {
  const reach = (place: string) => reached.set(place, (reached.get(place) ?? 0) + 1);
  const path = attempt(() => parsePath(`/${request.path}`));
  attempt(() => parsePackageKey(path?.arguments ?? request.path));
  const options = attempt(() => parseOptions(searchOf(request)));
  if (options === undefined) return;
  reach('options');
  for (const read of [checkOptions, parseShape, parsePaging]) attempt(() => read(options));
  const all = path === undefined ? options : (attempt(() => withArguments(options, path)) ?? options);
  for (const read of [findByIdQuery, searchQuery]) {
    const query = attempt(() => read(all, V2_PROPERTIES));
    if (query === undefined) continue;
    reach('query');
    attempt(() => parseSkipToken(all.get('$skiptoken') ?? '', query.order));
    attempt(() => planQuery(query));
    const test = attempt(() => (query.filter === null ? () => true : compileFilter(query.filter, V2_PROPERTIES)));
    if (test === undefined) continue;
    reach('row');
    expect(typeof test(ROW, query)).toBe('boolean');
    const token = skipTokenOf(ROW, query.order, query);
    expect(parseSkipToken(token, query.order)).toEqual(orderKeys(ROW, query.order, query));
  }
}

describe('a request that was made up', () => {
  it(`is read or refused with a reason, whatever it says (${CASES} cases)`, () => {
    const reached = new Map<string, number>();
    fc.assert(
      fc.property(requests, (request) => walk(request, reached)),
      { numRuns: CASES },
    );
    // Made-up requests that all end at the first letter would show nothing.
    for (const place of ['options', 'query', 'row']) expect(reached.get(place) ?? 0).toBeGreaterThan(CASES / 50);
  }, 600_000);
});
