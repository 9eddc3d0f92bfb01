/** The feed that is measured: 10,000 versions of 500 ids, and a package of 200 KB. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';

import type { PackageMetadata } from '@feedfleet/nupkg';
import { openEmbeddedStore } from '@feedfleet/store';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { ENTRY_FORMAT, renderEntry } from '@feedfleet/v2-protocol';
import { LEAF_FORMAT, renderLeaf } from '@feedfleet/v3-protocol';

import { buildPackage } from '../support/package-builder.ts';

const IDS = 500;
const VERSIONS_PER_ID = 20;
const FEED = 'bench';

export interface HotRead {
  readonly slug: string;
  readonly title: string;
  readonly family: 'v2' | 'v3';
  readonly path: string;
}

export const hotReads: readonly HotRead[] = [
  {
    slug: 'flat-index',
    title: 'v3 flat-container index of 20 versions',
    family: 'v3',
    path: `/F/${FEED}/api/v3/flat/bench.library7/index.json`,
  },
  {
    slug: 'registration',
    title: 'v3 registration of 20 versions',
    family: 'v3',
    path: `/F/${FEED}/api/v3/registration/semver2/bench.library7/index.json`,
  },
  {
    slug: 'find-packages-by-id',
    title: 'v2 FindPackagesById of 20 versions',
    family: 'v2',
    path: `/F/${FEED}/api/v2/FindPackagesById()?id=%27Bench.Library7%27&semVerLevel=2.0.0`,
  },
  {
    slug: 'download',
    title: 'v3 download of a package of 200 KB',
    family: 'v3',
    path: `/F/${FEED}/api/v3/flat/bench.large/1.0.0/bench.large.1.0.0.nupkg`,
  },
];

function metadataOf(id: string, version: string): PackageMetadata {
  return {
    id,
    version,
    normalizedVersion: version,
    isPrerelease: false,
    isSemVer2: false,
    title: id,
    authors: 'Acme, Ltd.',
    owners: 'acme',
    description:
      'A library of ordinary size, with a description as long as those that one meets in the field: two lines or so.',
    summary: '',
    releaseNotes: 'Mended what was reported, and made the fast path faster.',
    copyright: 'Acme',
    language: '',
    tags: ['acme', 'library', 'sample'],
    projectUrl: 'https://acme.example/library',
    iconUrl: '',
    licenseUrl: 'https://licenses.example/MIT',
    licenseExpression: 'MIT',
    licenseFile: null,
    iconFile: null,
    readmeFile: null,
    repositoryUrl: 'https://code.example/acme/library',
    repositoryType: 'git',
    repositoryCommit: '',
    requireLicenseAcceptance: false,
    developmentDependency: false,
    minClientVersion: '',
    packageTypes: [],
    dependencyGroups: [
      { targetFramework: 'netstandard2.0', dependencies: [{ id: 'Acme.Base', range: '[1.0.0, )' }] },
      { targetFramework: 'net8.0', dependencies: [{ id: 'Acme.Base', range: '[2.0.0, )' }] },
    ],
  };
}

export interface SeededVersion {
  readonly feedId: string;
  readonly id: string;
  readonly version: string;
}

/** Writes versions straight to the store, as pushes do. */
export async function writeVersions(fleet: Fleet, versions: Iterable<SeededVersion>): Promise<void> {
  const store = await openEmbeddedStore({ folder: path.join(fleet.data, 'store'), instance: 'bench' });
  const created = new Date().toISOString();
  for (const { feedId, id, version } of versions) {
    const metadata = metadataOf(id, version);
    const sha512 = randomBytes(64).toString('hex');
    const facts = { created, sha512, sizeBytes: 20_000 };
    await store.metadata.intendBlob(sha512, 'bench');
    await store.metadata.addVersion(
      feedId,
      {
        metadata,
        ...facts,
        listed: true,
        fragments: {
          'v2-entry': { format: ENTRY_FORMAT, text: renderEntry(metadata, facts) },
          'v3-leaf': { format: LEAF_FORMAT, text: renderLeaf(metadata, facts) },
        },
      },
      'bench',
    );
  }
  store.close();
}

function* versionsOf(feedId: string): Generator<SeededVersion> {
  for (let index = 0; index < IDS * VERSIONS_PER_ID; index += 1) {
    yield { feedId, id: `Bench.Library${index % IDS}`, version: `1.${Math.floor(index / IDS)}.0` };
  }
}

/** Writes the versions, and pushes the large package. */
export async function seedFeed(fleet: Fleet): Promise<void> {
  const { feed } = await fleet.registry.feeds.create({ name: FEED, visibility: 'public' });
  const { secret: key } = await fleet.registry.keys.create({ name: FEED, feeds: [FEED], scopes: ['push'] });
  await writeVersions(fleet, versionsOf(feed.id));
  const body = buildPackage({
    id: 'Bench.Large',
    version: '1.0.0',
    files: { 'lib/net8.0/Large.dll': randomBytes(200_000) },
  });
  const answer = await fetch(`${fleet.url}/F/${FEED}/api/v2/package`, {
    method: 'PUT',
    headers: { 'x-nuget-apikey': key, 'content-type': 'application/octet-stream' },
    body: new Uint8Array(body),
  });
  if (answer.status !== 201) throw new Error(`the push answered ${answer.status} ${await answer.text()}`);
}
