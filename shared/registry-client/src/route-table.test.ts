/** Routing by the longest matching path prefix. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { defaultRoutes } from './default-routes.ts';
import type { Route } from './model.ts';
import { compileRoutes } from './route-table.ts';

const route = (id: string, pattern: string, methods: Route['methods'] = null): Route => ({
  id,
  pattern,
  methods,
  family: id,
});
const table = compileRoutes(defaultRoutes);

function familyOf(method: string, path: string): string {
  const match = table.match(method, path);
  return match.outcome === 'matched' ? match.family : match.outcome;
}

describe('the default routes', () => {
  it.each([
    ['GET', '/F/Tools', 'default'],
    ['GET', '/f/tools/', 'default'],
    ['GET', '/F/Tools/auth/ff_key', 'default'],
    ['GET', '/F/Tools/auth', 'default'],
    ['GET', "/F/Tools/Packages(Id='A',Version='1.0')", 'default'],
    ['PUT', '/F/Tools', 'push'],
    ['DELETE', '/F/Tools/A/1.0.0', 'push'],
    ['GET', '/F/Tools/api/v1', 'v1'],
    ['GET', '/F/Tools/v1/FeedService.svc/Packages()', 'v1'],
    ['HEAD', '/F/Tools/auth/ff_key/api/v1/package/A/1.0.0', 'v1'],
    ['GET', '/F/Tools/auth/ff_key/v1/Package/Download/A/1.0.0', 'v1'],
    ['PUT', '/F/Tools/api/v1/', 'push'],
    ['PUT', '/F/Tools/auth/ff_key/v1/FeedService.svc/', 'push'],
    ['POST', '/F/Tools/api/v1', 'push'],
    ['POST', '/F/Tools/v1', 'push'],
    ['POST', '/F/Tools/api/v1/PackageFiles/ff_key/nupkg', 'push'],
    ['POST', '/F/Tools/v1/PackageFiles/ff_key/nupkg', 'push'],
    ['POST', '/F/Tools/PackageFiles/ff_key/nupkg', 'push'],
    ['POST', '/F/Tools/api/v2/PublishedPackages/Publish', 'push'],
    ['POST', '/F/Tools/auth/ff_key/v1/PublishedPackages/Publish', 'push'],
    ['DELETE', '/F/Tools/api/v1/Packages/ff_key/A/1.0.0', 'push'],
    ['DELETE', '/F/Tools/v1/A/1.0.0', 'push'],
    ['GET', '/F/Tools/symbols/a.pdb/497b72f6390a44fc878e5a2d63b6cc4bFFFFFFFF/a.pdb', 'symbols'],
    ['GET', '/F/Tools/symbols/a.pdb%2F497b72f6390a44fc878e5a2d63b6cc4bFFFFFFFF%2Fa.pdb', 'symbols'],
    ['HEAD', '/F/Tools/auth/ff_key/Symbols/a.pdb/497b72f6390a44fc878e5a2d63b6cc4b1/a.pdb', 'symbols'],
    ['PUT', '/F/Tools/symbols/', 'push'],
    ['PUT', '/F/Tools/symbols/api/v2/package/', 'push'],
    ['PUT', '/F/Tools/api/v2/symbolpackage/', 'push'],
    ['GET', '/F/Tools/auth/ff_key/api/v2/symbolpackage', 'push'],
    ['DELETE', '/F/Tools/symbols/1.0.0', 'push'],
    ['POST', '/F/Tools/symbols/1.0.0', 'push'],
    ['GET', '/F/Tools/api/v2', 'v2'],
    ['GET', '/F/Tools/API/V2/', 'v2'],
    ['PUT', '/F/Tools/api/v2/', 'push'],
    ['GET', '/F/Tools/auth/ff_key/api/v2/$metadata', 'v2'],
    ['GET', '/F/Tools/api/v2/package', 'push'],
    ['PUT', '/F/Tools/api/v2/package/', 'push'],
    ['GET', '/F/Tools/api/v2/package/', 'push'],
    ['GET', '/F/Tools/auth/ff_key/api/v2/package//', 'push'],
    ['GET', '/F/Tools/api/v2/package/A', 'v2'],
    ['DELETE', '/F/Tools/api/v2/package/A', 'push'],
    ['GET', '/F/Tools/api/v2/package/A/1.0.0', 'v2'],
    ['HEAD', '/F/Tools/auth/ff_key/api/v2/package/A/1.0.0', 'v2'],
    ['DELETE', '/F/Tools/api/v2/package/A/1.0.0', 'push'],
    ['POST', '/F/Tools/api/v2/package/A/1.0.0', 'push'],
    ['POST', '/F/Tools/A/1.0.0', 'push'],
    ['POST', '/F/Tools/auth/ff_key/A/1.0.0/', 'push'],
    ['POST', '/F/Tools/api/v2/A/1.0.0', 'push'],
    ['POST', '/F/Tools/auth/ff_key/api/v2/A/1.0.0', 'push'],
    ['POST', '/F/Tools/api/v3/A/1.0.0', 'push'],
    ['POST', '/F/Tools/api/v3/index.json/A/1.0.0', 'push'],
    ['POST', '/F/Tools/auth/ff_key/api/v3/index.json/A/1.0.0', 'push'],
    ['POST', '/F/Tools/api/v3/index.json', 'v3'],
    ['POST', '/F/Tools', 'default'],
    ['POST', '/F/Tools/auth/ff_key', 'default'],
    ['POST', '/F/Tools/GetUpdates()', 'default'],
    ['POST', '/F/Tools/auth/ff_key/GetUpdates()', 'default'],
    ['POST', '/F/Tools/api/v2', 'v2'],
    ['POST', '/F/Tools/api/v2/GetUpdates()', 'v2'],
    ['POST', '/F/Tools/auth/ff_key/api/v2/GetUpdates()', 'v2'],
    ['POST', '/F/Tools/auth/ff_key/api/v2/$batch', 'v2'],
    ['GET', '/F/Tools/api/v3/index.json', 'v3'],
    ['PUT', '/F/Tools/api/v3', 'push'],
    ['GET', '//F///Tools//api/v3//index.json', 'v3'],
    ['GET', '/F/Tools/%61pi/v3/index.json?q=/api/v2', 'v3'],
    ['GET', '/%46/Tools/api/v2', 'v2'],
    ['GET', '/F/Tools/api/v22', 'default'],
    ['GET', '/F/auth/auth/ff_key/api/v2', 'v2'],
    ['GET', '/F', 'absent'],
    ['GET', '/F/', 'absent'],
    ['GET', '/Fx/Tools', 'absent'],
    ['GET', '/', 'absent'],
    ['GET', '', 'absent'],
  ])('send %s %s to %s', (method, path, family) => {
    expect(familyOf(method, path)).toBe(family);
  });

  it.each([
    '/F/Tools/../x',
    '/F/Tools/%2e%2e/x',
    '/F/Tools/.%2E',
    '/F/%2e%2e%2fx',
    '/F/a/..%5cx',
    '/F/a\\..\\x',
    '/F/./x',
  ])('know nothing of a path with a dot segment: %s', (path) => {
    expect(familyOf('GET', path)).toBe('absent');
  });

  it('let dots inside names be', () => {
    expect(familyOf('GET', '/F/.NET/api/v3')).toBe('v3');
    expect(familyOf('GET', '/F/a..b/api/v3/flat/x/1.0.0-a..b')).toBe('v3');
  });
});

describe('a table of routes', () => {
  it('says which methods are allowed when only the method does not fit', () => {
    const some = compileRoutes([route('a', '/x', ['PUT', 'GET']), route('b', '/x/{y}', ['POST'])]);
    expect(some.match('DELETE', '/x/1')).toEqual({ outcome: 'methodNotAllowed', allowed: ['GET', 'POST', 'PUT'] });
    expect(some.match('PUT', '/x/1')).toMatchObject({ outcome: 'matched', family: 'a' });
  });

  it('prefers a literal to a parameter at equal length, whatever the order of routes', () => {
    for (const routes of [
      [route('any', '/a/{x}'), route('one', '/a/b')],
      [route('one', '/a/b'), route('any', '/a/{x}')],
    ]) {
      expect(compileRoutes(routes).match('GET', '/A/B')).toMatchObject({ family: 'one' });
    }
  });

  it('prefers a route with the method at equal length, also when the other names a segment', () => {
    const some = compileRoutes([route('any', '/a/b'), route('get', '/a/{x}', ['GET'])]);
    expect(some.match('GET', '/a/b')).toMatchObject({ family: 'get' });
    expect(some.match('PUT', '/a/b')).toMatchObject({ family: 'any' });
  });

  it('takes everything with the pattern /', () => {
    expect(compileRoutes([route('all', '/')]).match('GET', '/what/ever')).toMatchObject({ family: 'all' });
  });

  it.each([
    ['F', /character 1/],
    ['/F/{feed', /expected "}" .*character 9/],
    ['/F/{1}', /expected a name/],
    ['/F//x', /expected a segment .*character 4/],
    ['/F/', /expected a segment/],
    ['/F[/auth', /expected "\]" .*character 3/],
    ['/F[/a[/b]]', /nested/],
    ['/F[auth]', /expected "\/" .*character 4/],
    ['/F/a b', /unexpected " " .*character 5/],
    ['/F/{a}/{a}', /stands twice/],
    ['/F/..', /dot segments/],
    [`/F${'[/a]'.repeat(5)}`, /at most 4 optional groups/],
  ])('refuses the pattern %s and says where', (pattern, reason) => {
    expect(() => compileRoutes([route('bad', pattern)])).toThrow(reason);
  });

  it('refuses two routes for the same paths and methods', () => {
    expect(() => compileRoutes([route('a', '/x/{y}'), route('b', '/X/{z}')])).toThrow(/same paths/);
    expect(() => compileRoutes([route('a', '/x', ['GET']), route('b', '/x', ['PUT', 'GET'])])).toThrow(/same paths/);
    expect(() => compileRoutes([route('a', '/x', ['GET']), route('b', '/x')])).not.toThrow();
  });

  it('never throws, and answers the same in any case and with doubled slashes', () => {
    const word = fc.constantFrom('F', 'api', 'v2', 'v3', 'package', 'auth', 'x', '%41', '%', '%zz', 'a.b', '');
    const path = fc.array(word, { maxLength: 12 }).map((words) => `/${words.join('/')}`);
    fc.assert(
      fc.property(path, fc.constantFrom('GET', 'PUT', 'DELETE', 'BREW'), (each, method) => {
        const family = familyOf(method, each);
        expect(familyOf(method, each.toUpperCase().replaceAll('%ZZ', '%zz'))).toBe(family);
        expect(familyOf(method, `${each.replaceAll('/', '//')}/`)).toBe(family);
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (each) => void table.match('GET', each)));
  });

  it('finds the longest prefix, as a comparison with every route does', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const pattern = fc.array(fc.oneof(name, fc.constant('{p}')), { minLength: 1, maxLength: 4 });
    const unique = (segments: readonly string[]) =>
      segments.map((each, index) => (each === '{p}' ? `{p${index}}` : each));
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 6 }), fc.array(name, { maxLength: 6 }), (patterns, segments) => {
        const routes = [...new Set(patterns.map((each) => `/${unique(each).join('/')}`))].map((each, index) =>
          route(`r${index}`, each),
        );
        const fits = ({ pattern: each }: Route): boolean =>
          each
            .slice(1)
            .split('/')
            .every((part, index) => (part.startsWith('{') ? index < segments.length : part === segments[index]));
        const longest = Math.max(-1, ...routes.filter(fits).map((each) => each.pattern.split('/').length));
        const match = compileRoutes(routes).match('GET', `/${segments.join('/')}`);
        const found = match.outcome === 'matched' ? match.route.pattern.split('/').length : -1;
        expect(found).toBe(longest);
      }),
    );
  });
});
