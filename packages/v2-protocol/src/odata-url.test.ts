import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import fc from 'fast-check';
import { parseCount, parseFlag, parseText } from './odata-literal.ts';
import { parseOptions, parsePackageKey, parsePath } from './odata-url.ts';
import { parseOrder } from './order.ts';
import { V2_PROPERTIES } from './package-property.ts';

describe('a path', () => {
  it.each([
    ['/', '', undefined],
    ['/$metadata', '$metadata', undefined],
    ['/%24metadata', '$metadata', undefined],
    ['/Packages', 'packages', undefined],
    ['/Packages()', 'packages', ''],
    ['/packages%28Id=%27X%27,Version=%271.0%27%29', 'packages', "Id='X',Version='1.0'"],
    ["/Packages(Id='X',Version='1.0+b')", 'packages', "Id='X',Version='1.0+b'"],
    ['/FindPackagesById()/', 'findpackagesbyid', ''],
  ])('%s names a resource', (path, resource, inParentheses) => {
    expect(parsePath(path)).toMatchObject({ resource, arguments: inParentheses });
  });

  it('keeps an encoded slash inside its segment', () => {
    expect(parsePath('/package/a%2Fb/1.0').segments).toEqual(['package', 'a/b', '1.0']);
  });
});

describe('a package key', () => {
  it.each(["Id='X',Version='1.0'", "Version='1.0',Id='X'", " Id = 'X' , Version = '1.0' ", "id='X',version='1.0'"])(
    'is read from %s',
    (text) => {
      expect(parsePackageKey(text)).toEqual({ id: 'X', version: '1.0' });
    },
  );

  it('undoubles quotes and takes commas inside of them', () => {
    expect(parsePackageKey("Id='O''Brien,B',Version='1'")).toEqual({ id: "O'Brien,B", version: '1' });
  });

  it.each(['', "Id='X'", "'X'", "Id='X',Id='Y'", "Id='X',Version=1.0", "Id='X',Version='1',Listed='x'"])(
    'is not read from %j',
    (text) => {
      expect(parsePackageKey(text)).toBeUndefined();
    },
  );
});

describe('query options', () => {
  it('are found without case, with + for a blank', () => {
    const options = parseOptions('SearchTerm=%27a+b%27&%24Top=3&empty');
    expect([...options]).toEqual([
      ['searchterm', "'a b'"],
      ['$top', '3'],
      ['empty', ''],
    ]);
  });

  it('may be repeated only with the same value', () => {
    expect(parseOptions('semVerLevel=2.0.0&semVerLevel=2.0.0').get('semverlevel')).toBe('2.0.0');
    expect(() => parseOptions('$top=1&$top=2')).toThrow(ProblemError);
  });

  it('are refused, never worse, whatever a client sends', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parseOptions(text);
          parsePath(`/${text}`);
          parsePackageKey(text);
          parseOrder(text, V2_PROPERTIES);
          parseText('x', text);
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('literals', () => {
  it('undouble quotes and go without them', () => {
    expect(parseText('searchTerm', "'it''s core' ")).toBe("it's core");
    expect(parseText('id', 'Core')).toBe('Core');
    expect(() => parseText('id', "'a'b'")).toThrow(/id: expected text in single quotes/);
  });

  it('take True with a capital', () => {
    expect(parseFlag('includePrerelease', 'True')).toBe(true);
    expect(parseFlag('includePrerelease', '')).toBeUndefined();
    expect(() => parseFlag('includePrerelease', 'yes')).toThrow(/expected true or false, got "yes"/);
  });

  it.each(['-1', '1.5', 'x', '', '2147483648', '99999999999'])('refuse %j as a number of entries', (text) => {
    expect(() => parseCount('$top', text)).toThrow(/\$top: expected a whole number/);
  });
});

describe('$orderby', () => {
  it('reads directions', () => {
    expect(parseOrder('DownloadCount desc,Id asc , Version', V2_PROPERTIES)).toEqual([
      { name: 'DownloadCount', property: V2_PROPERTIES.get('DownloadCount'), descending: true },
      { name: 'Id', property: V2_PROPERTIES.get('Id'), descending: false },
      { name: 'Version', property: V2_PROPERTIES.get('Version'), descending: false },
    ]);
    expect(parseOrder('', V2_PROPERTIES)).toEqual([]);
  });

  it.each([
    ['Id,', 'at position 4, got the end'],
    ['Name', 'at position 1, got "Name"'],
    ['Id down', 'expected asc, desc, a comma or the end at position 4, got "down"'],
    [Array.from({ length: 9 }, () => 'Id').join(','), 'at most 8 properties'],
  ])('says what is wrong with %s', (text, detail) => {
    expect(() => parseOrder(text, V2_PROPERTIES)).toThrow(detail);
  });
});
