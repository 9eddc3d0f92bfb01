/** A registry of feeds and sources over sources in memory, for tests of whole queries. */
import { createMetrics } from '@feedfleet/host';
import { FleetChain } from '@feedfleet/feedchain';
import type { PlannedContext, ReceivedChain } from '@feedfleet/feedchain';
import { EMPTY_SNAPSHOT, DEFAULT_FEED_POLICY, RegistryView, sourceSchema } from '@feedfleet/registry-client';
import type { Feed, Source } from '@feedfleet/registry-client';

import { FleetHierarchies } from './fleet-hierarchies.ts';
import type { QueryHierarchy } from './query-hierarchy.ts';
import { SampleSource } from './sample-source.ts';
import type { SampleVersion } from './sample-source.ts';
import type { SourcePins } from './source-pins.ts';

const createdAt = '2026-01-01T00:00:00Z';
const isUrl = (name: string): boolean => name.startsWith('https:');

export interface Edge {
  readonly from: string;
  /** Name of a feed, or URL of a foreign source. */
  readonly to: string;
  /** Default: what it leads to, or `foreign`. */
  readonly name?: string;
  readonly rest?: Partial<Source>;
}

export interface FixtureSketch {
  /** By name of the feed or URL of the foreign source; the first one is asked. */
  readonly packages: Readonly<Record<string, readonly (SampleVersion | string)[]>>;
  readonly edges: readonly Edge[];
  readonly policies?: Readonly<Record<string, Partial<Feed>>>;
  readonly pins?: SourcePins;
  readonly remainingMs?: number;
}

function feedOf(name: string, policy: Partial<Feed> = {}): Feed {
  return {
    ...{ id: `id-${name}`, name, visibility: 'public', createdAt, aliases: [], owner: 'tests', description: '' },
    ...{ deletion: 'unlist', maxPackageBytes: 1024 ** 2 },
    ...DEFAULT_FEED_POLICY,
    ...policy,
  };
}

function edgeSource({ from, to, name, rest = {} }: Edge, index: number): Source {
  return sourceSchema.parse({
    ...{
      id: `source-${index}`,
      feed: `id-${from}`,
      name: name ?? (isUrl(to) ? `foreign-${index}` : to),
      position: index,
    },
    target: isUrl(to) ? { kind: 'foreign', protocol: 'v3', url: to } : { kind: 'feed', feed: `id-${to}` },
    ...{ credential: null, loop: isUrl(to) ? { state: 'clear', checkedAt: null } : null, createdAt },
    ...rest,
  });
}

export class HierarchyFixture {
  readonly sources: ReadonlyMap<string, SampleSource>;
  readonly view: RegistryView;
  readonly defects: unknown[] = [];
  readonly leaving = new AbortController();
  readonly #hierarchies: FleetHierarchies;
  readonly #sketch: FixtureSketch;

  constructor(sketch: FixtureSketch) {
    this.#sketch = sketch;
    const names = Object.keys(sketch.packages);
    this.sources = new Map(names.map((name) => [name, new SampleSource(name, sketch.packages[name] ?? [])]));
    this.view = RegistryView.of({
      ...EMPTY_SNAPSHOT,
      ...{ fleetId: 'tests', number: 1 },
      feeds: names.filter((name) => !isUrl(name)).map((name) => feedOf(name, sketch.policies?.[name])),
      sources: sketch.edges.map(edgeSource),
    });
    this.#hierarchies = new FleetHierarchies({
      directory: { current: () => this.view },
      fleet: new FleetChain(Buffer.alloc(32, 'k')),
      sourceOf: (context) => this.#sourceOf(context),
      ...(sketch.pins === undefined ? {} : { pins: sketch.pins }),
      metrics: createMetrics({ service: 'tests', instance: 'tests' }),
      log: { error: (_message, error) => this.defects.push(error) },
    });
  }

  /** What a feed or a foreign source has. */
  at(name: string): SampleSource {
    const source = this.sources.get(name);
    if (source === undefined) throw new Error(`no source ${name}`);
    return source;
  }

  open(
    entryName = Object.keys(this.#sketch.packages)[0] ?? '',
    chain: ReceivedChain = { outcome: 'none' },
  ): QueryHierarchy {
    const entry = this.view.feedByName(entryName);
    if (entry === undefined) throw new Error(`no feed ${entryName}`);
    return this.#hierarchies.open({
      ...{
        entry,
        mount: '/api/v2',
        chain,
        local: this.at(entryName),
        signal: this.leaving.signal,
        requestId: 'r',
        traceparent: 't',
      },
      remainingMs: () => this.#sketch.remainingMs ?? 10_000,
    });
  }

  #sourceOf(context: PlannedContext): SampleSource {
    if (context.kind !== 'foreign') return this.at(context.feed.name);
    const { target } = context.edge;
    return this.at(target.kind === 'foreign' ? target.url : '');
  }
}
