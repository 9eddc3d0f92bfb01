import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareVersions, isPrerelease, isSemVer2, normalizeVersion, parseVersion, versionSortKey } from './index.ts';
import type { NuGetVersion } from './index.ts';

function version(text: string): NuGetVersion {
  const parsed = parseVersion(text);
  if (parsed === undefined) throw new Error(`${text} is no version`);
  return parsed;
}

const part = fc.oneof(fc.nat(12), fc.constantFrom(99, 100, 2_147_483_647));
const label = fc.oneof(
  fc.constantFrom('a', 'A', 'alpha', 'Alpha', 'alpha-', '-', '-1', '0', '1', '10', '9', '2147483648', '99999999999'),
  fc.stringMatching(/^[0-9A-Za-z-]{1,8}$/).filter((text) => !/^0\d+$/.test(text)),
);
const metadata = fc.oneof(label, fc.constantFrom('00', '007'));
const versionText = fc
  .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.array(label, { maxLength: 3 }), fc.option(metadata))
  .map(
    ([parts, labels, build]) =>
      parts.join('.') + (labels.length === 0 ? '' : `-${labels.join('.')}`) + (build === null ? '' : `+${build}`),
  );

describe('a version', () => {
  it.each([
    ['1', '1.0.0'],
    ['1.0', '1.0.0'],
    ['1.00', '1.0.0'],
    ['1.01.1', '1.1.1'],
    ['1.00.0.1', '1.0.0.1'],
    ['1.0.0.0', '1.0.0'],
    ['1.0.01.0', '1.0.1'],
    ['1.0.0-RC.1+build.5', '1.0.0-RC.1'],
    ['1.2.20160209.1-master', '1.2.20160209.1-master'],
    [' 2.0.0 ', '2.0.0'],
    ['1.0.0+20130313144700', '1.0.0'],
    ['1.0.0-0.3.7', '1.0.0-0.3.7'],
    ['1.0.0-beta001+007', '1.0.0-beta001'],
    ['1.0.0-x-y-z.--', '1.0.0-x-y-z.--'],
  ])('%s is known as %s', (written, normalized) => {
    expect(normalizeVersion(version(written))).toBe(normalized);
  });

  it.each([
    '',
    'a',
    'v1.0',
    '1.',
    '.1',
    '1..0',
    '1.2.3.4.5',
    '-1.0',
    '1.0-',
    '1.0-a..b',
    '1.0-a_b',
    '1.0+',
    '1.0+a+b',
    '2147483648.0',
    '1.0.*',
    '1.0-01',
    '1.0.0-rc.01+5',
    '1.0 beta',
    '1,0',
    '1.0\u0660',
    `1.0.0-${'a'.repeat(300)}`,
  ])('%j is none', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });

  it('stays the same when it is normalized again', () => {
    fc.assert(
      fc.property(versionText, (text) => {
        const normalized = normalizeVersion(version(text));
        expect(normalizeVersion(version(normalized))).toBe(normalized);
        expect(compareVersions(version(normalized), version(text))).toBe(0);
      }),
    );
  });

  it('is the same with leading zeros, with parts that are zero, and with other metadata', () => {
    const zeros = fc.array(fc.nat(3), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(versionText, zeros, fc.nat(4), fc.option(metadata), (text, leading, written, build) => {
        const { major, minor, patch, revision, labels } = version(text);
        const parts = [major, minor, patch, revision].map(
          (one, index) => '0'.repeat(leading[index] ?? 0) + String(one),
        );
        const significant = [major, minor, patch, revision].findLastIndex((one) => one !== 0) + 1;
        const form =
          parts.slice(0, Math.max(1, significant, written)).join('.') +
          (labels.length === 0 ? '' : `-${labels.join('.')}`) +
          (build === null ? '' : `+${build}`);
        expect(normalizeVersion(version(form))).toBe(normalizeVersion(version(text)));
        expect(compareVersions(version(form), version(text))).toBe(0);
        expect(versionSortKey(version(form))).toBe(versionSortKey(version(text)));
      }),
    );
  });

  it('needs SemVer 2 with several labels or with metadata', () => {
    expect(['1.0.0', '1.0.0-beta1', '1.0.0.1-rc'].map((text) => isSemVer2(version(text)))).toEqual([
      false,
      false,
      false,
    ]);
    expect(['1.0.0-beta.1', '1.0.0+a', '1.0.0-b+a'].map((text) => isSemVer2(version(text)))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('is a pre-release when it has a label, whatever its metadata', () => {
    expect(isPrerelease(version('1.0.0-a'))).toBe(true);
    expect(isPrerelease(version('1.0.0+a-b'))).toBe(false);
  });
});

/** Source: semver.org, SemVer 2.0.0, the regular expression suggested in its questions and answers, and what it is tried on. */
describe('the examples of SemVer 2.0.0', () => {
  it.each([
    '0.0.4',
    '10.20.30',
    '1.1.2-prerelease+meta',
    '1.1.2+meta-valid',
    '1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay',
    '1.0.0-rc.1+build.123',
    '1.2.3----RC-SNAPSHOT.12.9.1--.12+788',
    '1.0.0+0.build.1-rc.10000aaa-kk-0.1',
    '1.0.0-0A.is.legal',
    '2.0.0-rc.1+build.123',
    '1.2.3----R-S.12.9.1--.12',
  ])('%s is a version, and is written by its parts', (text) => {
    const { major, minor, patch, labels, metadata: build } = version(text);
    const written = `${major}.${minor}.${patch}${labels.length === 0 ? '' : `-${labels.join('.')}`}`;
    expect(written + (build === null ? '' : `+${build}`)).toBe(text);
  });

  it.each([
    '1.2.3-0123',
    '1.2.3-0123.0123',
    '1.1.2+.123',
    '+invalid',
    '-invalid',
    '-invalid+invalid',
    'alpha',
    'alpha.beta',
    '1.0.0-alpha_beta',
    '1.0.0-alpha..',
    '1.0.0-alpha..1',
    '1.2.3.DEV',
    '1.2.31.2.3----RC-SNAPSHOT.12.09.1--..12+788',
    '-1.0.3-gamma+b7718',
    '+justmeta',
    '9.8.7+meta+meta',
    '99999999999999999999999.999999999999999999.99999999999999999',
  ])('%s is none', (text) => {
    expect(parseVersion(text)).toBeUndefined();
  });
});

describe('the order of versions', () => {
  it.each([
    // Words are compared as text, so "alpha10" comes before "alpha2".
    [
      [
        '1.0.1-aaa',
        '1.0.1-alpha',
        '1.0.1-alpha10',
        '1.0.1-alpha2',
        '1.0.1-beta',
        '1.0.1-open',
        '1.0.1-rc',
        '1.0.1-zzz',
        '1.0.1',
      ],
    ],
    [
      [
        '1.0.0-alpha',
        '1.0.0-alpha.1',
        '1.0.0-alpha.beta',
        '1.0.0-beta',
        '1.0.0-beta.2',
        '1.0.0-beta.11',
        '1.0.0-rc.1',
        '1.0.0',
      ],
    ],
    [['1.9.0', '1.10.0', '1.10.0.1', '2.0.0-beta1', '2.0.0']],
    [['1.2.20160209.1-dev', '1.2.20160209.1-master', '1.2.20160209.1']],
    [['1.0.0-20160209', '1.0.0-20160209123456', '1.0.0-100000000000000000000']],
  ])('is the one of the documentation: %j', (ascending) => {
    const sorted = ascending.toReversed().map(version).sort(compareVersions);
    expect(sorted.map((one) => one.original)).toEqual(ascending);
  });

  it.each([
    ['1.0', '1.0.0.0'],
    ['1.0.0-RC', '1.0.0-rc'],
    ['1.0.0+a', '1.0.0+b'],
  ])('holds %s and %s for the same', (left, right) => {
    expect(compareVersions(version(left), version(right))).toBe(0);
    expect(versionSortKey(version(left))).toBe(versionSortKey(version(right)));
  });

  it('is total', () => {
    fc.assert(
      fc.property(versionText, versionText, versionText, (a, b, c) => {
        const [x, y, z] = [version(a), version(b), version(c)];
        expect(Math.sign(compareVersions(x, y))).toBe(0 - Math.sign(compareVersions(y, x)));
        if (compareVersions(x, y) <= 0 && compareVersions(y, z) <= 0) {
          expect(compareVersions(x, z)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  it('is the order of the sort keys by bytes', () => {
    fc.assert(
      fc.property(versionText, versionText, (a, b) => {
        const [left, right] = [version(a), version(b)];
        const byKey = Buffer.compare(Buffer.from(versionSortKey(left)), Buffer.from(versionSortKey(right)));
        expect(byKey).toBe(Math.sign(compareVersions(left, right)));
      }),
      { numRuns: 2000 },
    );
  });

  it('makes sort keys of printable ASCII', () => {
    fc.assert(
      fc.property(versionText, (text) => {
        expect(versionSortKey(version(text))).toMatch(/^[!-~]+$/);
      }),
    );
  });
});
