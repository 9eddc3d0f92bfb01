import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatRange, isSemVer2Range, parseRange, parseVersion, satisfies } from './index.ts';
import type { VersionRange } from './index.ts';

function range(text: string): VersionRange {
  const parsed = parseRange(text);
  if (parsed === undefined) throw new Error(`${text} is no range`);
  return parsed;
}

function accepts(text: string, versionText: string): boolean {
  const version = parseVersion(versionText);
  if (version === undefined) throw new Error(`${versionText} is no version`);
  return satisfies(range(text), version);
}

describe('a version range', () => {
  it.each([
    ['1.0', '[1.0.0, )'],
    ['[1.0,)', '[1.0.0, )'],
    ['(1.0,)', '(1.0.0, )'],
    ['[1.0]', '[1.0.0, 1.0.0]'],
    ['(,1.0]', '(, 1.0.0]'],
    ['(,1.0)', '(, 1.0.0)'],
    ['[1.0,2.0]', '[1.0.0, 2.0.0]'],
    ['(1.0,2.0)', '(1.0.0, 2.0.0)'],
    ['[1.0,2.0)', '[1.0.0, 2.0.0)'],
    [' [ 1.0 , 2.0.0.0 ) ', '[1.0.0, 2.0.0)'],
    ['[,1.0]', '(, 1.0.0]'],
    ['', '(, )'],
    ['(,)', '(, )'],
    ['1.0.0-beta.1+build', '[1.0.0-beta.1, )'],
  ])('%j is normalized to %j', (written, normalized) => {
    expect(formatRange(range(written))).toBe(normalized);
    expect(formatRange(range(normalized))).toBe(normalized);
  });

  it.each([
    '(1.0)',
    '[1.0',
    '1.0]',
    '[2.0,1.0]',
    '(1.0,1.0)',
    '[1.0,1.0)',
    '[a,b]',
    '[1.0,2.0,3.0]',
    '[]',
    '*',
    '1.*',
    '1.0.0-*',
    '[1.0.*,2.0)',
    '1.0 2.0',
    '$version$',
  ])('%j is refused', (text) => {
    expect(parseRange(text)).toBeUndefined();
  });

  it.each([
    ['1.0', '1.0', true],
    ['1.0', '0.9', false],
    ['1.0', '99.0', true],
    ['(1.0,)', '1.0.0.0', false],
    ['[1.0]', '1.0.0', true],
    ['[1.0]', '1.0.0.1', false],
    ['[1.0,2.0)', '2.0.0-beta', true],
    ['[1.0,2.0)', '2.0.0', false],
    ['(,1.0]', '1.0', true],
    ['(,1.0]', '1.0.1', false],
    ['', '0.0.1-a', true],
  ])('%j holds %s: %s', (text, version, expected) => {
    expect(accepts(text, version)).toBe(expected);
  });

  it('needs SemVer 2 when one of its bounds does', () => {
    expect(['[1.0.0-a,2.0)', '1.0', ''].map((text) => isSemVer2Range(range(text)))).toEqual([false, false, false]);
    expect(['1.0.0-a.1', '(,1.0+b]'].map((text) => isSemVer2Range(range(text)))).toEqual([true, true]);
  });

  it('survives any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[[(][0-9.,-]{0,12}[\])]$/)), (text) => {
        const parsed = parseRange(text);
        if (parsed !== undefined) expect(formatRange(range(formatRange(parsed)))).toBe(formatRange(parsed));
      }),
    );
  });
});
