/** A feed for tests, in a real embedded store in a folder of its own, asked as the host of the protocol asks. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Answer, BytesAnswer, FeedQuery } from '@feedfleet/feed-endpoint';
import type { PackageMetadata } from '@feedfleet/nupkg';
import { ProblemError } from '@feedfleet/problems';
import { openEmbeddedStore } from '@feedfleet/store';
import type { EmbeddedStore } from '@feedfleet/store';
import { sampleVersion } from '../../store/src/sample-packages.ts';
import { createV1Protocol } from './v1-protocol.ts';

const FEED_URL = 'https://host.example/F/Main/auth/KEY';
export const BASE_URL = `${FEED_URL}/api/v1`;

const FEED: FeedQuery['feed'] = {
  ...{ id: 'main', name: 'Main', aliases: [], visibility: 'public', owner: 'ops', description: '' },
  ...{ deletion: 'unlist', maxPackageBytes: 1024 * 1024, createdAt: '2026-01-01T00:00:00Z' },
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
};

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

type ParseXml = (text: string) => Promise<unknown>;

export class SampleFeed {
  readonly #store: EmbeddedStore;
  readonly #folder: string;
  readonly #parseXml: ParseXml;

  private constructor(store: EmbeddedStore, folder: string, parseXml: ParseXml) {
    this.#store = store;
    this.#folder = folder;
    this.#parseXml = parseXml;
  }

  /** @param parseXml - xml2js, which only tests may import here. */
  static async open(parseXml: ParseXml): Promise<SampleFeed> {
    const folder = await mkdtemp(join(tmpdir(), 'feedfleet-v1-'));
    return new SampleFeed(await openEmbeddedStore({ folder, instance: 'test' }), folder, parseXml);
  }

  /** Pushes a version whose file says `Id Version`. */
  async push(id: string, version: string, more: Partial<PackageMetadata> = {}): Promise<void> {
    const { blobs, metadata } = this.#store;
    const staged = await blobs.stage(Readable.from([Buffer.from(`${id} ${version}`)]), { maxBytes: 1000 });
    const { sha512, sizeBytes } = staged;
    await metadata.intendBlob(sha512, 'test');
    await blobs.commit(staged);
    const added = sampleVersion({ id, version, ...more }, { sha512, sizeBytes });
    const outcome = await metadata.addVersion(FEED.id, added, 'test');
    if (outcome !== 'added') throw new Error(`${id} ${version}: ${outcome}`);
  }

  async unlist(id: string, normalizedVersion: string): Promise<void> {
    await this.#store.metadata.setListed(FEED.id, id, normalizedVersion, false);
  }

  /** @param url - path below the mount, with a query string where there is one. */
  async answer(url: string): Promise<Answer> {
    const [path = '/', search = ''] = url.split('?');
    const query = { feed: FEED, method: 'GET' as const, path, search, body: '', feedUrl: FEED_URL, baseUrl: BASE_URL };
    return createV1Protocol(this.#store).answer({ ...query, signal: AbortSignal.timeout(20_000) });
  }

  async document(url: string): Promise<BytesAnswer & { readonly text: string }> {
    const answer = await this.answer(url);
    if (answer.kind !== 'bytes') throw new Error(`expected bytes, got ${answer.kind}`);
    return { ...answer, text: answer.body.toString('utf8') };
  }

  async page(url: string): Promise<FeedPage> {
    const { contentType, text } = await this.document(url);
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

  async packages(url: string): Promise<readonly string[]> {
    return (await this.page(url)).packages;
  }

  /** The file behind a download. */
  async file(url: string): Promise<string> {
    const answer = await this.answer(url);
    if (answer.kind !== 'blob') throw new Error(`expected a file, got ${answer.kind}`);
    const { blob } = answer;
    if (blob.bytes !== undefined) return blob.bytes.toString();
    const chunks: Buffer[] = [];
    for await (const chunk of blob.stream()) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  }

  async problem(url: string): Promise<ProblemError> {
    try {
      await this.answer(url);
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
