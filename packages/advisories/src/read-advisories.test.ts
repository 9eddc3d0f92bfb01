import { describe, expect, it } from '@jest/globals';
import { parseRange, parseVersion, satisfies } from '@feedfleet/versioning';
import fc from 'fast-check';

import { readAdvisories, readAdvisoriesInTurns } from './read-advisories.ts';
import type { AdvisoryImport } from './read-advisories.ts';

const page = {
  'contoso.library': [
    { url: 'https://advisories.example.org/1', severity: 1, versions: '(, 2.0.0)' },
    { url: 'https://advisories.example.org/2', severity: 2, versions: '(1.0.0,2.0.0)' },
  ],
  'Contoso.Utilities': [{ url: 'https://advisories.example.org/3', severity: 3, versions: '[1.0]' }],
};

type Json = Readonly<Record<string, unknown>>;

const record = (affected: unknown, more: Json = {}): Json => ({
  schema_version: '1.4.0',
  id: 'GHSA-5crp-9r3c-p9vr',
  modified: '2024-01-01T00:00:00Z',
  details: 'Long text.',
  affected,
  database_specific: { severity: 'HIGH', github_reviewed: true },
  ...more,
});

const affected = (name: string, events: readonly unknown[], more: Json = {}): Json => ({
  package: { ecosystem: 'NuGet', name },
  ranges: [{ type: 'ECOSYSTEM', events }],
  ...more,
});

const read = (...contents: readonly unknown[]): AdvisoryImport =>
  readAdvisories(contents.map((content, index) => ({ name: `file${index}.json`, content })));

function rangesOf(affectedPackage: Json): readonly string[] {
  return [...read(record([affectedPackage])).byId.values()].flat().map(({ range }) => range);
}

function faultOf(...contents: readonly unknown[]): string {
  try {
    read(...contents);
  } catch (error) {
    expect(error).toMatchObject({ code: 'FF_INVALID_REQUEST' });
    return (error as { readonly detail: string }).detail;
  }
  throw new Error('nothing was wrong');
}

describe('a page of NuGet vulnerabilities', () => {
  it('is read by id in lower case', () => {
    const { byId, counts } = read(page);
    expect([...byId]).toEqual([
      [
        'contoso.library',
        [
          { url: 'https://advisories.example.org/1', severity: 1, range: '(, 2.0.0)' },
          { url: 'https://advisories.example.org/2', severity: 2, range: '(1.0.0, 2.0.0)' },
        ],
      ],
      ['contoso.utilities', [{ url: 'https://advisories.example.org/3', severity: 3, range: '[1.0.0, 1.0.0]' }]],
    ]);
    expect(counts).toEqual({
      documents: 1,
      advisories: 3,
      packages: 2,
      vulnerabilities: 3,
      withdrawn: 0,
      otherEcosystems: 0,
    });
  });

  it('is refused with every fault and its place', () => {
    const entry = page['Contoso.Utilities'][0];
    const told = faultOf({
      a: [{ ...entry, severity: '3' }],
      'b.c': [{ ...entry, versions: '[2.0,1.0]' }, { ...entry, url: 'ftp://example.org/' }, 7],
      d: { ...entry },
      e: [{ ...entry, note: 'x' }],
    });
    expect(told.split('; ')).toEqual([
      'file0.json: a[0].severity: expected a severity from 0 (low) to 3 (critical), got "3"',
      'file0.json: ["b.c"][0].versions: expected a version range such as "[1.0.0, 2.0.0)", got "[2.0,1.0]"',
      'file0.json: ["b.c"][1].url: expected an http or https URL of at most 2000 characters, got "ftp://example.org/"',
      'file0.json: ["b.c"][2]: expected an object with url, severity and versions, got 7',
      expect.stringMatching(/^file0.json: d: expected an array of vulnerabilities, got \{"url":/),
      'file0.json: e[0].note: expected no such member, got "x"',
    ]);
  });

  it('comes with its index, or the index is refused', () => {
    const index = [
      { '@name': 'base', '@id': 'https://nuget.example.org/v3/vulnerabilities/Base.json', '@updated': '2024-01-01' },
    ];
    const documents = [
      { name: 'v/index.json', content: index },
      { name: 'v/base.json', content: page },
    ];
    expect(readAdvisories(documents).counts).toMatchObject({ documents: 2, packages: 2 });
    expect(faultOf(index, page)).toContain('file0.json: [0]["@id"]: expected a page whose file is imported');
  });
});

describe('an OSV record', () => {
  it('is read with the severity and the URL of its database', () => {
    const { byId } = read(record([affected('Newtonsoft.Json', [{ introduced: '0' }, { fixed: '13.0.1' }])]));
    expect([...byId]).toEqual([
      [
        'newtonsoft.json',
        [{ url: 'https://github.com/advisories/GHSA-5crp-9r3c-p9vr', severity: 2, range: '(, 13.0.1)' }],
      ],
    ]);
  });

  it.each<readonly [readonly unknown[], readonly string[]]>([
    [[{ introduced: '1.0' }, { fixed: '2.0' }], ['[1.0.0, 2.0.0)']],
    [[{ introduced: '1.0' }, { last_affected: '2.0' }], ['[1.0.0, 2.0.0]']],
    [[{ introduced: '1.0' }, { last_affected: '1.0' }], ['[1.0.0, 1.0.0]']],
    [[{ introduced: '1.0' }], ['[1.0.0, )']],
    [
      [{ fixed: '3.1' }, { introduced: '3.0' }, { fixed: '2.1' }, { introduced: '0' }],
      ['(, 2.1.0)', '[3.0.0, 3.1.0)'],
    ],
  ])('has the ranges of its events %j', (events, ranges) => {
    expect(rangesOf(affected('A', events))).toEqual(ranges);
  });

  it('has versions that are named besides its ranges', () => {
    const events = [{ introduced: '1.0.0' }, { fixed: '2.0.0' }];
    expect(rangesOf(affected('A', events, { versions: ['1.0.0', '1.5.0', '3.0.0-beta'] }))).toEqual([
      '[1.0.0, 2.0.0)',
      '[3.0.0-beta, 3.0.0-beta]',
    ]);
    expect(rangesOf({ package: { ecosystem: 'NuGet', name: 'A' }, versions: ['1.0'] })).toEqual(['[1.0.0, 1.0.0]']);
  });

  it('ends where it was last known to, when nothing is fixed', () => {
    const lastKnown = (range: string): Json => ({ database_specific: { last_known_affected_version_range: range } });
    expect(rangesOf(affected('A', [{ introduced: '1.0' }], lastKnown('<= 1.5')))).toEqual(['[1.0.0, 1.5.0]']);
    expect(rangesOf(affected('A', [{ introduced: '0' }], lastKnown('< 1.5')))).toEqual(['(, 1.5.0)']);
    expect(rangesOf(affected('A', [{ introduced: '2.0' }], lastKnown('< 1.5')))).toEqual(['[2.0.0, )']);
    expect(faultOf(record([affected('A', [{ introduced: '0' }], lastKnown('around 2'))]))).toContain(
      'last_known_affected_version_range: expected "< version" or "<= version", got "around 2"',
    );
  });

  it('that is withdrawn, or of another ecosystem, is left out and counted', () => {
    const other = { package: { ecosystem: 'npm', name: 'a' }, ranges: 'whatever npm has' };
    const { byId, counts, withdrawnUrls } = read([
      record([affected('A', [{ introduced: '0' }])], { withdrawn: '2024-01-01T00:00:00Z' }),
      record([other]),
      record([other, affected('B', [{ introduced: '0' }])]),
    ]);
    expect([...byId.keys()]).toEqual(['b']);
    expect(counts).toMatchObject({ withdrawn: 1, otherEcosystems: 1, advisories: 1 });
    expect(withdrawnUrls).toEqual(['https://github.com/advisories/GHSA-5crp-9r3c-p9vr']);
  });

  it('of another database has the URL of its first advisory', () => {
    const references = [
      { type: 'WEB', url: 'https://example.org/blog' },
      { type: 'ADVISORY', url: 'https://example.org/advisory' },
    ];
    const one = affected('A', [{ introduced: '0' }]);
    const [[vulnerability] = []] = read(record([one], { id: 'ACME-1', references })).byId.values();
    expect(vulnerability?.url).toBe('https://example.org/advisory');
    expect(faultOf(record([one], { id: 'ACME-1' }))).toContain('references: expected the URL of the advisory');
  });

  it('without a severity takes the default, or is refused', () => {
    const content = record([affected('A', [{ introduced: '0' }])], { database_specific: {} });
    const [[vulnerability] = []] = readAdvisories([{ name: 'f', content }], { defaultSeverity: 3 }).byId.values();
    expect(vulnerability?.severity).toBe(3);
    expect(faultOf(content)).toContain('file0.json: database_specific.severity: expected a severity, or a default');
    expect(
      faultOf(record([affected('A', [{ introduced: '0' }])], { database_specific: { severity: 'BAD' } })),
    ).toContain('expected LOW, MODERATE, HIGH or CRITICAL, got "BAD"');
  });

  it.each<readonly [unknown, string]>([
    [affected('A', [{ introduced: '1.x' }]), 'affected[0].ranges[0].events[0].introduced: expected a NuGet version'],
    [affected('A', [{ limit: '1.0' }]), 'affected[0].ranges[0].events[0]: expected one of fixed, introduced'],
    [affected('A', [{ fixed: '1.0' }]), 'affected[0].ranges[0].events: expected an event "introduced"'],
    [affected('A', []), 'affected[0].ranges[0].events: expected an event "introduced"'],
    [affected('a b', [{ introduced: '0' }]), 'affected[0].package.name: expected a package id'],
    [{ package: { ecosystem: 'NuGet', name: 'A' } }, 'affected[0].ranges: expected a range of the type ECOSYSTEM'],
    [
      { package: { ecosystem: 'NuGet', name: 'A' }, ranges: [{ type: 'GIT', events: [{ introduced: '0' }] }] },
      'affected[0].ranges: expected a range of the type ECOSYSTEM',
    ],
    [
      { package: { ecosystem: 'NuGet', name: 'A' }, ranges: [{ type: 'MAVEN', events: [] }] },
      'affected[0].ranges[0].type: expected ECOSYSTEM, SEMVER or GIT, got "MAVEN"',
    ],
  ])('is refused for %j', (one, told) => {
    expect(faultOf([{}, record([one])])).toContain(`file0.json: [1].${told}`);
  });

  it('covers exactly the versions between its events', () => {
    const numbers = fc.uniqueArray(fc.nat(20), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(numbers, fc.boolean(), fc.nat(20), (unordered, isInclusive, probe) => {
        const bounds = unordered.toSorted((left, right) => left - right);
        const end = isInclusive ? 'last_affected' : 'fixed';
        const events = bounds.map((bound, index) => ({ [index % 2 === 0 ? 'introduced' : end]: `${bound}.0.0` }));
        const ranges = rangesOf(affected('A', events.toReversed()));
        const before = bounds.filter(
          (bound, index) => bound < probe || (bound === probe && (index % 2 === 0 || !isInclusive)),
        );
        const version = parseVersion(`${probe}.0.0`);
        const isCovered = ranges.map(parseRange).some((range) => range && version && satisfies(range, version));
        expect(isCovered).toBe(before.length % 2 === 1);
      }),
    );
  });
});

describe('documents', () => {
  it('with a list that is too long are refused', () => {
    const versions = Array.from({ length: 10_001 }, (_, index) => `1.0.${index}`);
    const long = record([affected('A', [{ introduced: '0' }], { versions })]);
    expect(() => read(long)).toThrow('affected[0].versions: expected at most 10000 elements, got 10001');
  });

  it('with more vulnerabilities than a source may have are refused', async () => {
    const records = Array.from({ length: 300 }, (_, index) =>
      record([affected('A', [{ introduced: `${index}.0` }, { fixed: `${index}.5` }])]),
    );
    const documents = [{ name: 'body', content: records }];
    const pause = (): Promise<void> => Promise.resolve();
    const all = await readAdvisoriesInTurns(documents, { maxVulnerabilities: 300, pause });
    expect(all).toEqual(readAdvisories(documents));
    await expect(readAdvisoriesInTurns(documents, { maxVulnerabilities: 299, pause })).rejects.toThrow(
      'at most 299 vulnerabilities',
    );
  });

  it('of several formats come to one import, each vulnerability once', () => {
    const osv = record([affected('Contoso.Library', [{ introduced: '0' }, { fixed: '2.0.0' }])]);
    const { counts } = read(page, [osv, page], osv);
    expect(counts).toMatchObject({ documents: 3, packages: 2, vulnerabilities: 4, advisories: 4 });
  });

  it.each([null, 7, 'text', [7], [[]]])('that are %j are refused', (content) => {
    expect(faultOf(content)).toContain('expected a page of vulnerabilities by package id, an OSV record');
  });

  it('with many faults name some and count the rest', () => {
    const told = faultOf(Array.from({ length: 50 }, () => 1));
    expect(told.split('; ')).toHaveLength(21);
    expect(told).toContain('and 30 more');
  });

  it('of any content are read or refused, and nothing else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        try {
          expect(read(one, record(other), [{ ...record([]), affected: [one] }]).counts.documents).toBe(3);
        } catch (error) {
          expect(error).toMatchObject({ code: 'FF_INVALID_REQUEST' });
        }
      }),
      { numRuns: 1000 },
    );
  });
});
