/** Checks over real sources on this machine, with a registry that believes what it is told. */
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import { fleetKeys, hashKey, RegistryView, sealSecret, sourceSchema } from '@feedfleet/registry-client';
import type { ApiKey, Feed, Source } from '@feedfleet/registry-client';

import { openSourceChecks } from './open-source-checks.ts';
import type { CheckStep, SourceCheck } from './source-check.ts';

const FLEET_SECRET = 'a fleet secret of tests that is long enough';
const SOURCE_ID = 'source-0123456789abcdef';
const at = '2030-01-01T00:00:00.000Z';

export interface Listening {
  readonly origin: string;
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

export async function listen(handler: RequestListener): Promise<Listening> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers with the document of the URL, or of its path, or 404. */
export function documents(
  of: (origin: string) => Readonly<Record<string, object | string | undefined>>,
  isAllowed: (request: IncomingMessage) => boolean = () => true,
): RequestListener {
  return (request, response) => {
    const url = decodeURIComponent(request.url ?? '');
    const known = of(`http://${request.headers.host ?? ''}`);
    const document = known[url] ?? known[url.split('?')[0] ?? ''];
    if (!isAllowed(request)) response.writeHead(401).end();
    else if (document === undefined) response.writeHead(404).end();
    else response.writeHead(200).end(typeof document === 'string' ? document : JSON.stringify(document));
  };
}

export const v3Index = (origin: string, ...types: readonly string[]): object => ({
  version: '3.0.0',
  resources: types.map((type) => ({ '@id': `${origin}/${type.split('/')[0] ?? ''}`, '@type': type })),
});

export const FULL_V3 = (origin: string): Readonly<Record<string, object>> => ({
  '/index.json': v3Index(origin, 'RegistrationsBaseUrl/3.6.0', 'PackageBaseAddress/3.0.0', 'SearchQueryService'),
  '/SearchQueryService': {
    totalHits: 7,
    data: [{ id: 'Acme.Core', version: '1.0.0', versions: [{ version: '1.0.0' }] }],
  },
  '/RegistrationsBaseUrl/acme.core/index.json': {
    items: [
      {
        items: ['1.0.0', '2.0.0'].map((version) => ({
          catalogEntry: { id: 'Acme.Core', version, authors: 'Ada', description: 'Core.' },
        })),
      },
    ],
  },
});

const ACME_CORE = "/FindPackagesById()?id='acme.core'&semVerLevel=2.0.0";

export const FULL_V2 = (origin: string): Readonly<Record<string, string>> => ({
  '/$metadata':
    '<edmx:Edmx xmlns:edmx="x"><FunctionImport Name="Search" /><FunctionImport Name="FindPackagesById" /></edmx:Edmx>',
  '/Search()': atomFeed(origin, '1.0.0'),
  [ACME_CORE]: atomFeed(origin, '1.0.0', '2.0.0'),
  '/FindPackagesById()': atomFeed(origin),
});

function atomFeed(origin: string, ...versions: readonly string[]): string {
  const entries = versions.map(
    (version) => `<entry><title>Acme.Core</title><content src="${origin}/p/${version}" />
      <m:properties><d:Id>Acme.Core</d:Id><d:Version>${version}</d:Version></m:properties></entry>`,
  );
  return `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices"
    xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">${entries.join('')}</feed>`;
}

/** A source of the feed `team`, with a secret if one is given. */
export function sourceTo(target: Source['target'], rest: Partial<Source> = {}, secret?: string): Source {
  const { sealing } = fleetKeys(FLEET_SECRET);
  const credential =
    secret === undefined
      ? null
      : {
          ...(target.kind === 'feed' ? { kind: 'apiKey' } : { kind: 'basic', userName: 'ci' }),
          ...{ secret: sealSecret(sealing, SOURCE_ID, secret), fingerprint: hashKey(secret) },
        };
  return sourceSchema.parse({
    ...{ id: SOURCE_ID, feed: 'team', name: 'outside', position: 0, allowPrivateAddresses: true, timeoutMs: 5_000 },
    ...{ target, credential, createdAt: at },
    loop: target.kind === 'foreign' ? { state: 'pending', checkedAt: null } : null,
    ...rest,
  });
}

export interface CheckSurroundings {
  /** What the registry says to a report of a clear source. */
  readonly isContradicted?: boolean;
  readonly packageId?: string;
  readonly remainingMs?: number;
  readonly feeds?: readonly Feed[];
  readonly keys?: readonly ApiKey[];
  readonly balancer?: RequestListener;
}

export interface CheckedSource extends SourceCheck {
  readonly of: Readonly<Partial<Record<CheckStep['step'], CheckStep>>>;
  /** Bodies of the reports that the registry got. */
  readonly reports: readonly string[];
}

export async function check(source: Source, surroundings: CheckSurroundings = {}): Promise<CheckedSource> {
  const { isContradicted = false, packageId = null, remainingMs = 10_000, feeds = [], keys = [] } = surroundings;
  const reports: string[] = [];
  const registryServer = await listen((request, response) => {
    request.setEncoding('utf8').on('data', (part: string) => reports.push(part));
    request.on('end', () => {
      const [recorded, outdated] = isContradicted ? [0, 1] : [1, 0];
      response.writeHead(200).end(JSON.stringify({ recorded, unchanged: 0, outdated }));
    });
  });
  const balancer = await listen(surroundings.balancer ?? ((_, response) => response.writeHead(404).end()));
  const view = RegistryView.of({
    ...{ format: 1, fleetId: 'tests', number: 1, families: [], instances: [], routes: [], sources: [source] },
    ...{ feeds: [...feeds], keys: [...keys], reroutes: [], quarantines: [], datacenters: [] },
  });
  const checks = openSourceChecks({
    ...{ fleetSecret: FLEET_SECRET, balancerUrl: balancer.origin, registryUrl: registryServer.origin },
    ...{ registryToken: 'operator', registry: { current: () => view }, environment: {} },
  });
  const endsAt = performance.now() + remainingMs;
  try {
    const result = await checks.check(source, {
      ...{ packageId, signal: new AbortController().signal, requestId: 'test', traceparent: '' },
      remainingMs: () => Math.max(0, endsAt - performance.now()),
    });
    return { ...result, of: Object.fromEntries(result.steps.map((step) => [step.step, step])), reports };
  } finally {
    checks.close();
    await registryServer.close();
    await balancer.close();
  }
}
