import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import fc from 'fast-check';

import { isLeafPath, leafQuestion, leafUrl } from './leaf-paths.ts';
import type { LeafQuestion } from './leaf-paths.ts';

const text = fc.string({ unit: 'binary', maxLength: 30 }).filter((each) => each.isWellFormed());
const globs = fc.array(fc.constantFrom('*', 'Contoso.*', 'a,b', '"'), { maxLength: 3 });
const filters = fc.array(fc.array(fc.record({ include: globs, exclude: globs, prerelease: fc.boolean() })), {
  maxLength: 3,
});
const take = fc.nat(4000);
const search = fc.record({
  ...{
    text,
    includePrerelease: fc.boolean(),
    includeSemVer2: fc.boolean(),
    packageType: fc.option(text),
    take,
    filters,
  },
});
const page = fc.record({
  resource: fc.constantFrom('Packages' as const, 'Search' as const),
  options: fc
    .dictionary(fc.constantFrom('$filter', '$orderby', 'searchterm', '__proto__x'), text)
    .map((each) => ({ ...each })),
  ...{ after: fc.option(text), take, withCount: fc.boolean(), filters },
});
const questions: fc.Arbitrary<LeafQuestion> = fc.oneof(
  fc.record({ kind: fc.constant('versions' as const), ids: fc.uniqueArray(fc.constantFrom('a', 'b.c', 'd-e')) }),
  fc.record({ kind: fc.constantFrom('search' as const, 'complete' as const), query: search }),
  fc.record({ kind: fc.constant('page' as const), query: page }),
);

const asked = (target: string): LeafQuestion | undefined => {
  const [path = '', query = ''] = target.split('?');
  return leafQuestion(path, query);
};

/** Code of the problem that a target makes. */
const refusal = (target: string): string => {
  try {
    return `no problem, but ${JSON.stringify(asked(target))}`;
  } catch (error) {
    return error instanceof ProblemError ? error.code : String(error);
  }
};

describe('A question to a leaf', () => {
  it('is read from its URL as it was put', () => {
    fc.assert(fc.property(questions, (question) => expect(asked(leafUrl(question))).toEqual(question)));
  });

  it('has a path that no package, resource or file of a family has', () => {
    fc.assert(fc.property(questions, (question) => expect(isLeafPath(leafUrl(question))).toBe(true)));
    const paths = ['/', '/-', '/Packages', '/package/-/1.0.0', '/flat/-/index.json', "/Packages(Id='-',Version='1.0')"];
    expect(paths.filter(isLeafPath)).toEqual([]);
  });

  it('is none below another name', () => {
    expect(asked('/-/anything')).toBeUndefined();
  });

  it('is refused beyond its bounds, and where it says nothing that can be meant', () => {
    const browse = '/-/search?text=&prerelease=true&semver2=true';
    const targets = [
      `/-/versions?ids=${Array.from({ length: 501 }, (_, index) => `a${index}`).join(',')}`,
      browse,
      `${browse}&take=4001`,
      `${browse}&take=-1`,
      `${browse}&take=ten`,
      `/-/search?text=${'x'.repeat(4097)}&prerelease=true&semver2=true&take=1`,
      '/-/search?text=&prerelease=perhaps&semver2=true&take=1',
      `${browse}&take=1&filters=[`,
      `${browse}&take=1&filters={}`,
      `${browse}&take=1&filters=[[[1,2,3]]]`,
      `${browse}&take=1&filters=${encodeURIComponent(JSON.stringify(Array.from({ length: 257 }, () => [])))}`,
      `${browse}&take=1&filters=${encodeURIComponent(JSON.stringify([[[Array.from({ length: 1025 }, () => '*'), [], 1]]]))}`,
      '/-/page?resource=Anything&count=true&take=1',
    ];
    for (const target of targets) expect([target, refusal(target)]).toEqual([target, 'FF_INVALID_QUERY']);
  });
});
