/** Which feeds a feed takes from, read from the snapshot that the product's own process keeps on disk. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

interface SnapshotPart {
  readonly feeds: readonly { readonly id: string; readonly name: string }[];
  readonly sources: readonly {
    readonly feed: string;
    readonly enabled: boolean;
    readonly target: { readonly kind: string; readonly feed?: string };
  }[];
}

export interface KnownFeed {
  readonly id: string;
  /** Names of the feeds of this fleet that it takes from. */
  readonly sources: readonly string[];
}

const LOOK_EVERY_MS = 100;

export class KnownSources {
  readonly #file: string;
  #lookedAt = -Infinity;
  #writtenAt = 0;
  #feeds: ReadonlyMap<string, KnownFeed> = new Map();

  constructor(dataFolder: string, instance: string) {
    this.#file = path.join(dataFolder, 'snapshots', instance, 'registry-snapshot.json');
  }

  /** @param name - in any case. */
  feed(name: string): KnownFeed | undefined {
    if (performance.now() - this.#lookedAt > LOOK_EVERY_MS) this.#look();
    return this.#feeds.get(name.toLowerCase());
  }

  #look(): void {
    this.#lookedAt = performance.now();
    try {
      const { mtimeMs } = statSync(this.#file);
      if (mtimeMs === this.#writtenAt) return;
      // A line with a checksum comes first.
      const [, body = ''] = readFileSync(this.#file, 'utf8').split('\n');
      this.#feeds = feedsIn(JSON.parse(body) as SnapshotPart);
      this.#writtenAt = mtimeMs;
    } catch {
      // It is about to take the place of the former one: the next look finds it.
    }
  }
}

function feedsIn({ feeds, sources }: SnapshotPart): ReadonlyMap<string, KnownFeed> {
  const names = new Map(feeds.map(({ id, name }) => [id, name]));
  const targetsOf = (id: string): readonly string[] =>
    sources
      .filter(({ feed, enabled, target }) => feed === id && enabled && target.kind === 'feed')
      .flatMap(({ target }) => names.get(target.feed ?? '') ?? []);
  return new Map(feeds.map(({ id, name }) => [name.toLowerCase(), { id, sources: targetsOf(id) }]));
}
