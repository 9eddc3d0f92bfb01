/** Registries for tests, written as graphs: feeds by name, and what each takes packages from. */
import { DEFAULT_FEED_POLICY, hashKey, RegistryView, sourceSchema } from '@feedfleet/registry-client';
import type { ApiKey, Feed, Snapshot, Source } from '@feedfleet/registry-client';

import { FleetChain } from './fleet-chain.ts';

const at = '2030-01-01T00:00:00.000Z';

/** An edge: to another feed by its name or an alias, or to a foreign URL. */
export interface EdgeSketch {
  readonly from: string;
  readonly to: string;
  /** Name of the source; by default what it leads to. */
  readonly name?: string;
  /** Text of an API key. */
  readonly key?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly prerelease?: boolean;
  readonly required?: boolean;
  readonly enabled?: boolean;
  readonly loop?: 'pending' | 'clear' | 'caught';
}

export interface GraphSketch {
  readonly feeds: readonly string[];
  readonly edges: readonly EdgeSketch[];
  /** Names of feeds that are private. */
  readonly privateFeeds?: readonly string[];
  /** By text of the key: the names of the feeds that it reads, and until when. */
  readonly keys?: Readonly<Record<string, { readonly feeds: readonly string[]; readonly expiresAt?: string }>>;
  /** By alias: the name of the feed. */
  readonly aliases?: Readonly<Record<string, string>>;
}

const feedIdOf = (name: string): string => `feed-${name}`;

function feedOf(name: string, sketch: GraphSketch): Feed {
  const isAlias = ([, feed]: readonly [string, string]): boolean => feed === name;
  return {
    id: feedIdOf(name),
    name,
    aliases: Object.entries(sketch.aliases ?? {})
      .filter(isAlias)
      .map(([alias]) => alias),
    visibility: sketch.privateFeeds?.includes(name) === true ? 'private' : 'public',
    owner: 'x',
    description: '',
    deletion: 'unlist',
    maxPackageBytes: 1024,
    ...DEFAULT_FEED_POLICY,
    createdAt: at,
  };
}

const isUrl = (text: string): boolean => text.startsWith('https:');

/** The source of an edge, as the registry would keep it. */
export function sourceOf(edge: EdgeSketch, index: number, resolve = (name: string) => name): Source {
  const { from, to, key, loop = 'clear', include, exclude, prerelease, required, enabled } = edge;
  return sourceSchema.parse({
    id: `source-${String(index).padStart(6, '0')}`,
    feed: feedIdOf(from),
    name: edge.name ?? (isUrl(to) ? `foreign-${index}` : to),
    position: index % 10_000,
    target: isUrl(to) ? { kind: 'foreign', protocol: 'v3', url: to } : { kind: 'feed', feed: feedIdOf(resolve(to)) },
    credential:
      key === undefined
        ? null
        : { kind: 'apiKey', secret: `v1.${'a'.repeat(16)}.${'b'.repeat(30)}`, fingerprint: hashKey(key) },
    ...Object.fromEntries(
      Object.entries({ include, exclude, prerelease, required, enabled }).filter(([, value]) => value !== undefined),
    ),
    loop: isUrl(to) ? { state: loop, checkedAt: null } : null,
    createdAt: at,
  });
}

const keysOf = ({ keys = {} }: GraphSketch): ApiKey[] =>
  Object.entries(keys).map(([text, { feeds, expiresAt }], index) => ({
    id: `key-${index}`,
    name: `key ${index}`,
    hash: hashKey(text),
    owner: 'x',
    feeds: feeds.map(feedIdOf),
    scopes: ['read'],
    packageGlobs: ['*'],
    createdAt: at,
    expiresAt: expiresAt ?? null,
  }));

export function registryOf(sketch: GraphSketch): RegistryView {
  const resolve = (name: string): string => sketch.aliases?.[name] ?? name;
  const snapshot: Snapshot = {
    format: 1,
    fleetId: 'fleet',
    number: 0,
    feeds: sketch.feeds.map((name) => feedOf(name, sketch)),
    keys: keysOf(sketch),
    families: [],
    instances: [],
    routes: [],
    reroutes: [],
    quarantines: [],
    datacenters: [],
    sources: sketch.edges.map((edge, index) => sourceOf(edge, index, resolve)),
  };
  return RegistryView.of(snapshot);
}

export function feedNamed(view: RegistryView, name: string): Feed {
  const feed = view.feedByName(name);
  if (feed === undefined) throw new Error(`no feed ${name}`);
  return feed;
}

export const fleetOf = (letter: string): FleetChain => new FleetChain(Buffer.alloc(32, letter));

/** Every feed takes packages from every other. */
export function clique(size: number): GraphSketch {
  const feeds = Array.from({ length: size }, (_, index) => `k${index}`);
  return { feeds, edges: feeds.flatMap((from) => feeds.filter((to) => to !== from).map((to) => ({ from, to }))) };
}

/** Layers of two feeds that both take packages from both of the next layer. */
export function diamonds(layers: number): GraphSketch {
  const layer = (index: number): string[] => (index === 0 ? ['top'] : [`l${index}`, `r${index}`]);
  const feeds = Array.from({ length: layers + 1 }, (_, index) => layer(index)).flat();
  const edges = Array.from({ length: layers }, (_, index) =>
    layer(index).flatMap((from) => layer(index + 1).map((to) => ({ from, to }))),
  ).flat();
  return { feeds, edges };
}
