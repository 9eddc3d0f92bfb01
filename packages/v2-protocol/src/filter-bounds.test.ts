import { describe, expect, it } from '@jest/globals';
import { parseVersion, versionSortKey } from '@feedfleet/versioning';
import {
  conditionsOf,
  idPrefix,
  instantBounds,
  latestFlag,
  latestOf,
  namedIds,
  substringsOf,
  versionBounds,
} from './filter-bounds.ts';
import { parseFilter } from './filter.ts';

const conditions = (filter: string) => conditionsOf(parseFilter(filter));

describe('the conditions of a filter', () => {
  it.each([
    ['IsPrerelease', 1],
    ["IsPrerelease and (Listed and Id eq 'a') and Version eq '1.0'", 4],
    ["(IsPrerelease and Listed) eq true and Id eq 'a'", 3],
    ["IsPrerelease or (Listed and Id eq 'a')", 1],
    ['not (IsPrerelease and Listed)', 1],
    ['(IsPrerelease and Listed) eq false', 1],
  ])('that all hold for every match: %s has %i', (filter, count) => {
    expect(conditions(filter)).toHaveLength(count);
  });

  it('are none without a filter', () => {
    expect(conditionsOf(null)).toEqual([]);
  });
});

describe('the ids of all matches', () => {
  it.each([
    ["Id eq 'Core'", ['core']],
    ["'Core' eq Id", ['core']],
    ["tolower(Id) eq 'core'", ['core']],
    ["toupper(tolower(Id)) eq toupper('Core')", ['core']],
    ["(Id eq 'Core') eq true", ['core']],
    ["true eq (Id eq 'Core')", ['core']],
    ["(Id eq 'Core') ne false", ['core']],
    ["Id eq 'A' or Id eq 'B' or Id eq 'a'", ['a', 'b']],
    ["(Id eq 'A' or Id eq 'B') and (Id eq 'B' or Id eq 'C')", ['b']],
    ["Id eq 'A' and Id eq 'B'", []],
    ["(Id eq 'A' and Listed) or (Id eq 'B' and not Listed)", ['a', 'b']],
    ["IsPrerelease and Id eq 'A'", ['a']],
  ])('%s: %j', (filter, ids) => {
    expect([...(namedIds(parseFilter(filter)) ?? ['no bound'])].toSorted()).toEqual(ids);
  });

  it.each([
    "Id ne 'A'",
    "Id gt 'A'",
    "not (Id eq 'A')",
    "(Id eq 'A') eq false",
    "(Id eq 'A') ne true",
    "Id eq 'A' or Listed",
    'Id eq Title',
    "trim(Id) eq 'A'",
    "concat(Id,'x') eq 'Ax'",
    "startswith(Id,'A')",
    'true',
  ])('may be any: %s', (filter) => {
    expect(namedIds(parseFilter(filter))).toBeUndefined();
  });
});

describe('the beginning of all ids', () => {
  it.each([
    ["startswith(Id,'Acme')", 'acme'],
    ["startswith(tolower(Id),tolower('ACME'))", 'acme'],
    ["startswith(Id,'A') and startswith(Id,'Acme') and startswith(Id,'Ac')", 'acme'],
    ["startswith(Id,'Acme') eq true and Listed", 'acme'],
    ["startswith(Id,'Acme') or Listed", undefined],
    ["startswith('Acme',Id)", undefined],
    ["startswith(Title,'Acme')", undefined],
    ["startswith(Id,'')", undefined],
    ['startswith(Id,Title)', undefined],
    ["endswith(Id,'Acme')", undefined],
    ["not startswith(Id,'Acme')", undefined],
  ])('%s: %s', (filter, prefix) => {
    expect(idPrefix(conditions(filter))).toBe(prefix);
  });
});

describe('the list of latest versions with all matches', () => {
  it.each([
    ['IsLatestVersion', 'stable'],
    ['IsLatestVersion eq true', 'stable'],
    ['IsAbsoluteLatestVersion', 'absolute'],
    ['IsAbsoluteLatestVersion and IsLatestVersion', 'stable'],
    ["Id eq 'A' and IsAbsoluteLatestVersion ne false", 'absolute'],
    ['not IsLatestVersion', undefined],
    ['IsLatestVersion eq false', undefined],
    ['IsLatestVersion or IsAbsoluteLatestVersion', undefined],
    ['IsLatestVersion eq IsAbsoluteLatestVersion', undefined],
    ['Listed', undefined],
  ])('%s: %s', (filter, latest) => {
    expect(latestOf(conditions(filter))).toBe(latest);
  });

  it('is the whole of a condition or not at all', () => {
    const flagOf = (filter: string) => conditions(filter).map(latestFlag);
    expect(flagOf('IsLatestVersion and Listed')).toEqual(['stable', undefined]);
    expect(flagOf("IsAbsoluteLatestVersion eq true and Id eq 'A'")).toEqual(['absolute', undefined]);
  });
});

describe('the versions of all matches', () => {
  const key = (text: string): string => {
    const version = parseVersion(text);
    if (version === undefined) throw new Error(`${text} is no version`);
    return versionSortKey(version);
  };

  it.each([
    ["Version eq '1.0'", '1.0.0', '1.0.0'],
    ["NormalizedVersion ge '1.0.0'", '1.0.0', undefined],
    ["'1.0.0' lt Version", '1.0.0', undefined],
    ["Version lt '2.0' and Version gt '1.0'", '1.0.0', '2.0.0'],
    ["Version ge '1.0' and Version ge '1.10' and Version ge '1.9'", '1.10.0', undefined],
    ["Version le '2.0' and NormalizedVersion le '2.0.0-beta'", undefined, '2.0.0-beta'],
    ["Version ne '1.0'", undefined, undefined],
    ["Version eq 'latest'", undefined, undefined],
    ["Version ge '1.0' or Listed", undefined, undefined],
    ["not (Version ge '1.0')", undefined, undefined],
    ["Title ge '1.0'", undefined, undefined],
  ])('%s: from %s to %s', (filter, from, to) => {
    expect(versionBounds(conditions(filter))).toEqual({
      ...(from === undefined ? {} : { from: key(from) }),
      ...(to === undefined ? {} : { to: key(to) }),
    });
  });
});

describe('the instants of all matches', () => {
  const day = (text: string): string => `${text}T00:00:00.000Z`;

  it.each([
    ["Created gt datetime'2026-01-31'", { from: day('2026-01-31') }],
    ["Created gt '2026-01-31T00:00:00Z'", { from: day('2026-01-31') }],
    [
      "datetime'2026-02-01' gt Created and Created ge datetime'2026-01-31'",
      { from: day('2026-01-31'), to: day('2026-02-01') },
    ],
    ["Created eq datetime'2026-01-31'", { from: day('2026-01-31'), to: day('2026-01-31') }],
    // Texts of years with more digits are not in the order of time.
    ["Created lt datetimeoffset'9999-12-31T23:59:59-10:00'", { to: day('9999-12-31') }],
    ["LastEdited gt datetime'2026-01-31'", {}],
    ["Created ne datetime'2026-01-31'", {}],
    ["Created gt 'yesterday'", {}],
    ['Created gt LastEdited', {}],
  ])('%s: %j', (filter, bounds) => {
    expect(instantBounds(conditions(filter), 'Created')).toEqual(bounds);
  });
});

describe('the texts in all matches', () => {
  const part = (column: 'id' | 'title' | 'tags', text: string) => ({ kind: 'part', column, text }) as const;
  const found = (filter: string, onlyLatest: boolean) => substringsOf(parseFilter(filter), onlyLatest);

  it.each([
    ["substringof('Core',Id)", part('id', 'core')],
    ["substringof('core',tolower(Id)) eq true", part('id', 'core')],
    ["startswith(Id,'Acme')", part('id', 'acme')],
    ["endswith(Id,'.Core')", part('id', '.core')],
    ["Id eq 'Core'", part('id', 'core')],
    ["'Core' eq Id", part('id', 'core')],
    ["substringof('abc',Id) and Listed", part('id', 'abc')],
    ["substringof('abc',Id) and startswith(Id,'xyz')", { kind: 'every', of: [part('id', 'abc'), part('id', 'xyz')] }],
    ["substringof('abc',Id) or endswith(Id,'xyz')", { kind: 'some', of: [part('id', 'abc'), part('id', 'xyz')] }],
  ])('%s: %j', (filter, match) => {
    expect(found(filter, true)).toEqual(match);
    expect(found(filter, false)).toEqual(match);
  });

  it.each([
    ["substringof(' math ',Tags)", part('tags', ' math ')],
    ["substringof('math',tolower(Title))", part('title', 'math')],
    [
      "substringof('abc',Id) or substringof('abc',Tags)",
      { kind: 'some', of: [part('id', 'abc'), part('tags', 'abc')] },
    ],
  ])('are known of latest versions alone: %s', (filter, match) => {
    expect(found(filter, true)).toEqual(match);
    expect(found(filter, false)).toBeUndefined();
  });

  it.each([
    "substringof('ab',Id)",
    "substringof('abc',Description)",
    "substringof(Id,'abc')",
    "substringof('abc',Id) eq false",
    "not substringof('abc',Id)",
    "substringof('abc',Id) or Listed",
    "substringof('abc',Id) or substringof('ab',Id)",
    "Id ne 'Core'",
    "indexof(Id,'core') ge 0",
    "substringof('abc',trim(Id))",
    'true',
  ])('may be any: %s', (filter) => {
    expect(found(filter, true)).toBeUndefined();
  });

  it('are asked for in a bounded number', () => {
    const parts = (count: number, word: string) =>
      Array.from({ length: count }, (_, index) => `substringof('abc${index}',Id)`).join(` ${word} `);
    expect(found(parts(32, 'or'), true)).toMatchObject({ kind: 'some' });
    expect(found(parts(33, 'or'), true)).toBeUndefined();
    expect(found(parts(40, 'and'), true)).toMatchObject({ kind: 'every', of: { length: 32 } });
  });
});
