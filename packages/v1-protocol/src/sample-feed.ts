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
  },
};

export class SampleFeed {
  readonly #store: EmbeddedStore;
  readonly #folder: string;

  private constructor(store: EmbeddedStore, folder: string) {
    this.#store = store;
    this.#folder = folder;
  }

  static async open(): Promise<SampleFeed> {
    const folder = await mkdtemp(join(tmpdir(), 'feedfleet-v1-'));
    return new SampleFeed(await openEmbeddedStore({ folder, instance: 'test' }), folder);
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
