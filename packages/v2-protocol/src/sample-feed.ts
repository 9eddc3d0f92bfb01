/** A feed for tests, in a real embedded store in a folder of its own, asked as the host of the protocol asks. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Answer, BytesAnswer, FeedProtocol, FeedQuery } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import { openEmbeddedStore } from '@feedfleet/store';
import type { BlobStore, EmbeddedStore, VersionScan, VersionSource } from '@feedfleet/store';
import type { LocalStores } from './local-source.ts';
import { QueryEngine } from './query-engine.ts';
import { sampleMetadata, samplePush } from './sample-package.ts';
import { createV2Protocol } from './v2-protocol.ts';

export const FEED_URL = 'https://host.example/F/Main/auth/KEY';

const FEED: FeedQuery['feed'] = {
  id: 'main',
  name: 'Main',
  aliases: [],
  visibility: 'public',
  owner: 'ops',
  description: '',
  deletion: 'unlist',
  maxPackageBytes: 1024 * 1024,
  ...{
    overwrite: 'never',
    uploadWarnings: true,
    quotaBytes: null,
    quotaPackages: null,
    quotaVersions: null,
    keepStable: null,
    keepPrerelease: null,
    sharedIds: [],
    reservedIds: [],
  },
  createdAt: '2026-01-01T00:00:00Z',
};

export interface Ask {
  readonly mount?: string;
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  readonly variant?: string;
}

type ProtocolOf = (parts: LocalStores & { readonly mount: string }) => FeedProtocol;

const v2Of: ProtocolOf = ({ mount, ...parts }) => createV2Protocol({ ...parts, mount: mount === '' ? '' : '/api/v2' });

export interface FeedPage {
  readonly count: string | undefined;
  readonly next: string | undefined;
  /** `Id Version`, as written. */
  readonly packages: readonly string[];
}

interface AtomFeed {
  readonly feed: {
    readonly 'm:count'?: readonly string[];
    readonly link: readonly { readonly $: { readonly rel: string; readonly href: string } }[];
    readonly entry?: readonly { readonly 'm:properties': readonly Record<'d:Id' | 'd:Version', readonly string[]>[] }[];
  };
}

interface Served {
  /** Where it is asked, unless a question says otherwise. */
  readonly mount?: string;
  readonly protocolOf?: ProtocolOf;
}

type ParseXml = (text: string) => Promise<unknown>;

export class SampleFeed {
  readonly #store: EmbeddedStore;
  readonly #folder: string;
  readonly #parseXml: ParseXml;
  readonly #mount: string;
  readonly #protocolOf: ProtocolOf;
  /** Runs before the protocol opens its first file: what happens in between. */
  beforeOpen: ((sha512: string) => Promise<void>) | undefined;

  private constructor(store: EmbeddedStore, folder: string, parts: Required<Served> & { parseXml: ParseXml }) {
    this.#store = store;
    this.#folder = folder;
    this.#parseXml = parts.parseXml;
    this.#mount = parts.mount;
    this.#protocolOf = parts.protocolOf;
  }

  /** @param parseXml - xml2js, which only tests may import here. */
  static async open(parseXml: ParseXml, { mount = '/api/v2', protocolOf = v2Of }: Served = {}): Promise<SampleFeed> {
    const folder = await mkdtemp(join(tmpdir(), 'feedfleet-feed-'));
    return new SampleFeed(await openEmbeddedStore({ folder, instance: 'test' }), folder, {
      parseXml,
      mount,
      protocolOf,
    });
  }

  /** Pushes a version whose file says `Id Version`. */
  async push(
    id: string,
    version: string,
    more: Parameters<typeof sampleMetadata>[2] = {},
    file = `${id} ${version}`,
  ): Promise<void> {
    const { blobs, metadata } = this.#store;
    const { sha512, sizeBytes, ...staged } = await blobs.stage(Readable.from([Buffer.from(file)]), { maxBytes: 1000 });
    await metadata.intendBlob(sha512, 'test');
    await blobs.commit({ sha512, sizeBytes, ...staged });
    const added = samplePush(sampleMetadata(id, version, more), { sha512, sizeBytes });
    const outcome = await metadata.addVersion(FEED.id, added, 'test');
    if (outcome !== 'added') throw new Error(`${id} ${version}: ${outcome}`);
  }

  async unlist(id: string, normalizedVersion: string): Promise<void> {
    await this.#store.metadata.setListed(FEED.id, id, normalizedVersion, false);
  }

  async delete(id: string, normalizedVersion: string): Promise<void> {
    const { blobs, metadata } = this.#store;
    await metadata.deleteVersion(FEED.id, id, normalizedVersion, (sha512) => blobs.remove(sha512));
  }

  /** Loses a file of which the store goes on to know. */
  async lose(sha512: string): Promise<void> {
    await this.#store.blobs.remove(sha512);
  }

  async answer(
    url: string,
    { mount = this.#mount, method = 'GET', body = '', variant = '' }: Ask = {},
  ): Promise<Answer> {
    const [path = '/', search = ''] = url.split('?');
    const blobs = this.#observedBlobs();
    const query = {
      feed: FEED,
      method,
      path,
      search,
      body,
      variant,
      feedUrl: FEED_URL,
      baseUrl: `${FEED_URL}${mount}`,
    };
    return this.#protocolOf({ ...this.#store, blobs, mount }).answer({
      ...query,
      signal: AbortSignal.timeout(20_000),
    });
  }

  #observedBlobs(): Pick<BlobStore, 'open'> {
    return {
      open: async (sha512) => {
        const before = this.beforeOpen;
        this.beforeOpen = undefined;
        await before?.(sha512);
        return this.#store.blobs.open(sha512);
      },
    };
  }

  engine(signal: AbortSignal): QueryEngine {
    const { metadata, versionScan } = this.#store;
    return new QueryEngine({ metadata, versionScan, feedId: FEED.id, signal });
  }

  scan(source: VersionSource): ReturnType<VersionScan['scan']> {
    return this.#store.versionScan.scan(FEED.id, source, { after: null, limit: 1000 });
  }

  async document(url: string, options?: Ask): Promise<BytesAnswer & { readonly text: string }> {
    const answer = await this.answer(url, options);
    if (answer.kind !== 'bytes') throw new Error(`expected bytes, got ${answer.kind}`);
    return { ...answer, text: answer.body.toString('utf8') };
  }

  async page(url: string, options?: Ask): Promise<FeedPage> {
    const { contentType, text } = await this.document(url, options);
    if (contentType !== 'application/atom+xml;type=feed;charset=utf-8') throw new Error(`got ${contentType}`);
    const { feed } = (await this.#parseXml(text)) as AtomFeed;
    return {
      count: feed['m:count']?.[0],
      next: feed.link.find(({ $ }) => $.rel === 'next')?.$.href,
      packages: (feed.entry ?? []).map(({ 'm:properties': [properties] }) =>
        [properties?.['d:Id'][0], properties?.['d:Version'][0]].join(' '),
      ),
    };
  }

  async packages(url: string, options?: Ask): Promise<readonly string[]> {
    return (await this.page(url, options)).packages;
  }

  /** The file behind a download. */
  async file(url: string, options?: Ask): Promise<string> {
    const answer = await this.answer(url, options);
    if (answer.kind !== 'blob') throw new Error(`expected a file, got ${answer.kind}`);
    const { blob } = answer;
    return blob.bytes?.toString() ?? text(blob.stream());
  }

  async problem(url: string, options?: Ask): Promise<ProblemError> {
    try {
      await this.answer(url, options);
    } catch (error) {
      if (error instanceof ProblemError) return error;
      throw error;
    }
    throw new Error(`expected ${url} to be refused`);
  }

  async close(): Promise<void> {
    this.#store.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Two ids with all kinds of versions, and one with a pre-release alone. */
export async function pushKinds(feed: SampleFeed): Promise<void> {
  await feed.push('Core', '1.0', { tags: ['math'] });
  await feed.push('Core', '1.9.0');
  await feed.push('Core', '1.10.0', { description: 'It is a core thing' });
  await feed.push('Core', '2.0.0-beta1');
  await feed.push('Core', '3.0.0+build.5', { tags: ['PSModule'] });
  await feed.push('App', '1.0.0', { tags: ['PSModule'] });
  await feed.push('App', '2.0.0');
  await feed.push('Zed', '0.1.0-alpha');
  await feed.unlist('App', '2.0.0');
}
