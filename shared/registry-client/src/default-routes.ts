/** The families and routes that every fleet starts with. Data: operators change them in the registry. */
import { DEFAULT_BALANCING } from './balancing-model.ts';
import type { Family, Route } from './model.ts';

const feed = '/F/{feed}[/auth/{key}]';

export const defaultFamilies: readonly Family[] = [
  { id: 'default', title: 'The feed itself', balancing: DEFAULT_BALANCING },
  { id: 'v1', title: 'NuGet v1 (OData, clients before 1.6)', balancing: DEFAULT_BALANCING },
  { id: 'v2', title: 'NuGet v2 (OData)', balancing: DEFAULT_BALANCING },
  { id: 'push', title: 'Push and delete', balancing: DEFAULT_BALANCING },
  { id: 'v3', title: 'NuGet v3 (JSON)', balancing: DEFAULT_BALANCING },
  { id: 'symbols', title: 'Symbols for debuggers', balancing: DEFAULT_BALANCING },
];

/**
 * Downloads below the push URL belong to v2: the longer patterns, with methods.
 *
 * A `POST` to a version relists it, on every root. A `POST` to anything shorter on the feed and on v2 (`GetUpdates()`) stays with
 * the readers; `default-post`, `v2-post` and `v3-post` say so, since `{id}/{version}` matches `auth/<key>` and `api/v2` too and, of two
 * patterns of one length that both name the method, the one with the literals wins. Nothing of v1 is read by `POST`, and its pushes
 * have paths of their own. Symbols are pushed below `/symbols` too, where old clients are told that the symbol server is.
 */
export const defaultRoutes: readonly Route[] = [
  { id: 'default', pattern: feed, methods: null, family: 'default' },
  { id: 'default-write', pattern: feed, methods: ['PUT', 'DELETE'], family: 'push' },
  { id: 'default-post', pattern: feed, methods: ['POST'], family: 'default' },
  { id: 'relist', pattern: `${feed}/{id}/{version}`, methods: ['POST'], family: 'push' },
  { id: 'v1', pattern: `${feed}[/api]/v1`, methods: null, family: 'v1' },
  { id: 'v1-write', pattern: `${feed}[/api]/v1`, methods: ['PUT', 'POST', 'DELETE'], family: 'push' },
  { id: 'v2', pattern: `${feed}/api/v2`, methods: null, family: 'v2' },
  { id: 'v2-write', pattern: `${feed}/api/v2`, methods: ['PUT', 'DELETE'], family: 'push' },
  { id: 'v2-post', pattern: `${feed}/api/v2`, methods: ['POST'], family: 'v2' },
  { id: 'v2-relist', pattern: `${feed}/api/v2/{id}/{version}`, methods: ['POST'], family: 'push' },
  { id: 'manage', pattern: `${feed}/api/manage`, methods: null, family: 'push' },
  { id: 'push', pattern: `${feed}/api/v2/package`, methods: null, family: 'push' },
  { id: 'v2-newest', pattern: `${feed}/api/v2/package/{id}`, methods: ['GET', 'HEAD'], family: 'v2' },
  {
    id: 'v2-download',
    pattern: `${feed}/api/v2/package/{id}/{version}`,
    methods: ['GET', 'HEAD'],
    family: 'v2',
  },
  { id: 'symbol-push', pattern: `${feed}/api/v2/symbolpackage`, methods: null, family: 'push' },
  { id: 'v3', pattern: `${feed}/api/v3`, methods: null, family: 'v3' },
  { id: 'v3-write', pattern: `${feed}/api/v3`, methods: ['PUT', 'DELETE'], family: 'push' },
  { id: 'v3-post', pattern: `${feed}/api/v3`, methods: ['POST'], family: 'v3' },
  { id: 'v3-relist', pattern: `${feed}/api/v3/{id}/{version}`, methods: ['POST'], family: 'push' },
  { id: 'symbols', pattern: `${feed}/symbols`, methods: ['GET', 'HEAD'], family: 'symbols' },
];
