/** Foreign v3 sources on loopback: every id has one version in each, and every answer takes a while. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SlowSources {
  /** Where the service index of each is. The first is the slowest. */
  readonly url: (place: number) => string;
  /** A document of the slowest, which takes as long as any. */
  readonly slowestUrl: string;
  readonly close: () => void;
}

const SLOWEST_MS = 60;
const OTHERS_MS = 40;

/** Source: the service index and registrations of the NuGet server API, version 3. */
function documentOf(base: string, place: string, path: string): object | undefined {
  const root = `${base}/${place}`;
  if (path === 'index.json') {
    const resource = (type: string, url: string): object => ({ '@type': type, '@id': url });
    const registrations = resource('RegistrationsBaseUrl/3.6.0', `${root}/registration/`);
    return { version: '3.0.0', resources: [registrations, resource('PackageBaseAddress/3.0.0', `${root}/flat/`)] };
  }
  const version = `${place}.0.0`;
  const id = /^(?:registration|flat)\/([^/]+)\/index\.json$/.exec(path)?.[1];
  if (id === undefined) return undefined;
  if (path.startsWith('flat/')) return { versions: [version] };
  const url = `${root}/registration/${id}`;
  const packageContent = `${root}/flat/${id}/${version}/${id}.${version}.nupkg`;
  const catalogEntry = { '@id': `${url}/entry`, id, version, listed: true, authors: 'Acme', packageContent };
  const leaf = { '@id': `${url}/${version}.json`, catalogEntry, packageContent };
  const page = { '@id': `${url}/index.json#page`, count: 1, lower: version, upper: version, items: [leaf] };
  return { count: 1, items: [page] };
}

export async function startSlowSources(): Promise<SlowSources> {
  let base = '';
  const server = createServer((request, response) => {
    const [, place = '', path = ''] = /^\/(\d+)\/(.*)$/.exec(request.url ?? '') ?? [];
    const found = documentOf(base, place, path);
    const respond = (): void => {
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(found ?? {}));
    };
    setTimeout(respond, place === '0' ? SLOWEST_MS : OTHERS_MS);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: (place) => `${base}/${place}/index.json`,
    slowestUrl: `${base}/0/registration/any/index.json`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
