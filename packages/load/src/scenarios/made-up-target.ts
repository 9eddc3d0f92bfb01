/** For tests: targets of every kind, without a server. */
import { TargetCredentials } from '../target/credentials.ts';
import type { LoadTarget, TargetFeed, TargetPackage } from '../target/load-target.ts';

const ROOT = 'http://127.0.0.1:5000/F';

function packageOf(feed: string, id: string): TargetPackage {
  return {
    id,
    versions: ['1.0.0', '1.1.0-Beta', '2.0.0'].map((version) => ({
      version,
      contentUrl: `${ROOT}/${feed}/content/${id}/${version}.nupkg`,
      v2ContentUrl: `${ROOT}/${feed}/api/v2/package/${id}/${version}`,
    })),
  };
}

function feedOf(name: string, speaks: 'v2' | 'v3' | 'both'): TargetFeed {
  const v3 = `${ROOT}/${name}/api/v3`;
  return {
    name,
    v2: speaks === 'v3' ? undefined : `${ROOT}/${name}`,
    v2Api: speaks === 'v3' ? undefined : `${ROOT}/${name}/api/v2`,
    v3:
      speaks === 'v2'
        ? undefined
        : {
            index: `${v3}/index.json`,
            content: `${v3}/content/`,
            registration: `${v3}/registration/`,
            search: `${v3}/query`,
            autocomplete: `${v3}/autocomplete`,
          },
    publish: `${ROOT}/${name}/api/v2/package`,
    packages: [packageOf(name, 'Acme.Core'), packageOf(name, "O'Brien.Tools"), packageOf(name, 'Acme.Http')],
  };
}

export function madeUpTarget(speaks: 'v2' | 'v3' | 'both'): LoadTarget {
  return {
    shownUrl: `${ROOT}/one`,
    credentials: new TargetCredentials(ROOT, { 'x-nuget-apikey': 'secret' }),
    hasKey: false,
    allowedHosts: new Set(),
    feeds: [feedOf('one', speaks), feedOf('two', speaks), feedOf('three', speaks)],
  };
}
