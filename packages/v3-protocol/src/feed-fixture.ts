/** A feed in a real store of its own, filled from a few words, and the v3 protocol over it. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

import type { Answer, FeedQuery } from '@feedfleet/feed-endpoint';
import type { PackageMetadata } from '@feedfleet/nupkg';
import { openEmbeddedStore } from '@feedfleet/store';
import type { AdvisoryStore, EmbeddedStore, SearchHit } from '@feedfleet/store';
import { isPrerelease, isSemVer2, normalizeVersion, parseVersion } from '@feedfleet/versioning';

import { LEAF_FORMAT, renderLeaf } from './leaf.ts';
import { createV3Protocol } from './v3-protocol.ts';

export const FEED_URL = 'https://nuget.example.org/feeds/F/Main';
export const CREATED = '2026-01-02T03:04:05.678Z';

function metadataOf(id: string, version: string, more: Partial<PackageMetadata> = {}): PackageMetadata {
  const parsed = parseVersion(version);
  if (parsed === undefined) throw new Error(`${version} is no version`);
  return {
    ...{ id, version, normalizedVersion: normalizeVersion(parsed), title: '', authors: 'Ada, Grace', owners: '' },
    ...{ isPrerelease: isPrerelease(parsed), isSemVer2: isSemVer2(parsed), description: `About ${id}.`, summary: '' },
    ...{ releaseNotes: '', copyright: '', language: '', tags: [], projectUrl: '', iconUrl: '', licenseUrl: '' },
    ...{ licenseExpression: '', licenseFile: null, iconFile: null, readmeFile: null, repositoryUrl: '' },
    ...{ repositoryType: '', repositoryCommit: '', requireLicenseAcceptance: false, developmentDependency: false },
    ...{ minClientVersion: '', packageTypes: [], dependencyGroups: [] },
    ...more,
  };
}

export interface AddOptions extends Partial<PackageMetadata> {
  readonly listed?: boolean;
  /** `shared`: one file for all that say so, where nobody looks into it. */
  readonly file?: 'own' | 'shared';
  /** What is in the package beside its nuspec. */
  readonly content?: Readonly<Record<string, Buffer>>;
  /** As the push of another version of this code would have stored it. */
  readonly stored?: { readonly format: number; readonly leaf: string };
}

export class FeedFixture {
  readonly #folder: string;
  readonly #store: EmbeddedStore;

  private constructor(folder: string, store: EmbeddedStore) {
    this.#folder = folder;
    this.#store = store;
  }

  static async open(): Promise<FeedFixture> {
    const folder = await mkdtemp(join(tmpdir(), 'feedfleet-v3-'));
    return new FeedFixture(folder, await openEmbeddedStore({ folder, instance: 'tests' }));
  }

  get advisories(): AdvisoryStore {
    return this.#store.advisories;
  }

  async hits(text: string): Promise<readonly SearchHit[]> {
    const filter = { includePrerelease: true, includeSemVer2: true, packageType: null, skip: 0, take: 10 };
    return (await this.#store.metadata.search('main', { ...filter, text })).hits;
  }

  async close(): Promise<void> {
    this.#store.close();
    await rm(this.#folder, { recursive: true });
  }

  /** Adds a version whose file is a zip with its nuspec. */
  async add(
    id: string,
    version: string,
    { listed = true, file = 'own', content: files = {}, stored, ...more }: AddOptions = {},
  ): Promise<void> {
    const metadata = metadataOf(id, version, more);
    const content = file === 'shared' ? packageFile('Shared', '1.0.0') : packageFile(id, version, files);
    const sha512 = await this.#put(content);
    const leaf = stored?.leaf ?? renderLeaf(metadata, { created: CREATED });
    const added = {
      ...{ metadata, sha512, sizeBytes: content.length, created: CREATED, listed },
      fragments: {
        'v2-entry': { format: 1, text: '' },
        'v3-leaf': { format: stored?.format ?? LEAF_FORMAT, text: leaf },
      },
    };
    await this.#store.metadata.addVersion('main', added, 'tests');
  }

  async setListed(id: string, version: string, listed: boolean): Promise<void> {
    await this.#store.metadata.setListed('main', id, version, listed);
  }

  /** With its file. */
  async remove(id: string, version: string): Promise<void> {
    const { metadata, blobs } = this.#store;
    await metadata.deleteVersion('main', id, version, (sha512) => blobs.remove(sha512));
  }

  /** As the endpoint counts it. */
  async download(id: string, version: string, downloads: number): Promise<void> {
    const versionKey = (await this.#store.metadata.version('main', id, version))?.key ?? 0;
    await this.#store.downloads.add([{ versionKey, downloads }]);
  }

  async #put(content: Buffer): Promise<string> {
    const { metadata, blobs } = this.#store;
    const sha512 = sha512Of(content);
    await metadata.intendBlob(sha512, 'tests');
    if ((await blobs.open(sha512)) === undefined) {
      await blobs.commit(await blobs.stage(chunk(content), { maxBytes: content.length }));
    }
    return sha512;
  }

  /** @param target - path below `/api/v3`, with a query string where there is one. */
  async ask(target: string, feedUrl = FEED_URL): Promise<Answer> {
    const [path = '/', search = ''] = target.split('?');
    return createV3Protocol(this.#store).answer({ ...queryOf(feedUrl), path, search });
  }

  /** The document under a path, or under an absolute URL that another document named. */
  async json<T>(target: string, feedUrl = FEED_URL): Promise<T> {
    const base = `${feedUrl}/api/v3`;
    const answer = await this.ask(target.startsWith(base) ? target.slice(base.length) : target, feedUrl);
    if (answer.kind !== 'bytes') throw new Error(`${target} is a download`);
    return JSON.parse(answer.body.toString('utf8')) as T;
  }
}

function queryOf(feedUrl: string): Omit<FeedQuery, 'path' | 'search'> {
  return {
    feed: {
      ...{ id: 'main', name: 'Main', aliases: [], visibility: 'public', owner: 'tests', description: '' },
      ...{ deletion: 'unlist', maxPackageBytes: 1_000_000, createdAt: CREATED },
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
    },
    ...{ method: 'GET', body: '', feedUrl, baseUrl: `${feedUrl}/api/v3`, signal: new AbortController().signal },
  };
}

export function packageFile(id: string, version: string, files: Readonly<Record<string, Buffer>> = {}): Buffer {
  return zipOf({ [`${id}.nuspec`]: Buffer.from(nuspecText(id, version)), ...files });
}

export function nuspecText(id: string, version: string): string {
  return `<package><metadata><id>${id}</id><version>${version}</version></metadata></package>`;
}

export function sha512Of(content: Buffer): string {
  return createHash('sha512').update(content).digest('hex');
}

async function* chunk(content: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(content);
}

/** A zip archive whose entries are not compressed. Source: PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16. */
function zipOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const fields = fieldsOf(name, content);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), fields, tail, Buffer.from(name));
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), content]);
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(locals.length, 8);
  end.writeUInt16LE(locals.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, central, end]);
}

/** What both directories say of an entry. */
function fieldsOf(name: string, content: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x21, 8);
  fields.writeUInt32LE(crc32(content), 10);
  fields.writeUInt32LE(content.length, 14);
  fields.writeUInt32LE(content.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return fields;
}
