/** The families and routes that every fleet starts with. Data: operators change them in the registry. */
import type { Family, Route } from './model.ts';

const feed = '/F/{feed}[/auth/{key}]';

export const defaultFamilies: readonly Family[] = [
  { id: 'default', title: 'The feed itself' },
  { id: 'v2', title: 'NuGet v2 (OData)' },
  { id: 'push', title: 'Push and delete' },
  { id: 'v3', title: 'NuGet v3 (JSON)' },
];

/** Downloads below the push URL belong to v2: the longer pattern, with methods. */
export const defaultRoutes: readonly Route[] = [
  { id: 'default', pattern: feed, methods: null, family: 'default' },
  { id: 'default-write', pattern: feed, methods: ['PUT', 'DELETE'], family: 'push' },
  { id: 'v2', pattern: `${feed}/api/v2`, methods: null, family: 'v2' },
  { id: 'v2-write', pattern: `${feed}/api/v2`, methods: ['PUT', 'DELETE'], family: 'push' },
  { id: 'push', pattern: `${feed}/api/v2/package`, methods: null, family: 'push' },
  {
    id: 'v2-download',
    pattern: `${feed}/api/v2/package/{id}/{version}`,
    methods: ['GET', 'HEAD'],
    family: 'v2',
  },
  { id: 'v3', pattern: `${feed}/api/v3`, methods: null, family: 'v3' },
  { id: 'v3-write', pattern: `${feed}/api/v3`, methods: ['PUT', 'DELETE'], family: 'push' },
];
