/** What a source under test holds, and who asks it. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

import type { PackageMetadata } from '@feedfleet/nupkg';
import type { Ask } from '@feedfleet/package-sources';
import {
  isPrerelease,
  isSemVer2,
  isSemVer2Range,
  normalizeVersion,
  parseRange,
  parseVersion,
} from '@feedfleet/versioning';

export interface SamplePackage {
  readonly metadata: PackageMetadata;
  readonly listed: boolean;
  /** ISO instant. */
  readonly created: string;
  /** A zip with the nuspec of the metadata. */
  readonly content: Buffer;
  /** Lower-case hex. */
  readonly sha512: string;
}

type Given = Partial<PackageMetadata> & Pick<PackageMetadata, 'id' | 'version'>;

export function samplePackage(given: Given, listed = true): SamplePackage {
  const metadata = metadataOf(given);
  const content = zipOf(`${metadata.id}.nuspec`, Buffer.from(nuspecOf(metadata)));
  const sha512 = createHash('sha512').update(content).digest('hex');
  return { metadata, listed, created: '2026-01-02T03:04:05.000Z', content, sha512 };
}

/** Three ids: many kinds of versions, dependencies, and one that nobody can see in searches. */
export const samplePackages: readonly SamplePackage[] = [
  samplePackage({ id: 'Acme.Core', version: '1.10.0', tags: ['core', 'acme'] }),
  samplePackage({ id: 'Acme.Core', version: '1.9' }),
  samplePackage({ id: 'Acme.Core', version: '1.9.5' }, false),
  samplePackage({ id: 'Acme.Core', version: '2.0.0-beta' }),
  samplePackage({ id: 'Acme.Core', version: '2.0.0-rc.1+build.7' }),
  samplePackage({
    ...{ id: 'Acme.Web', version: '3.0.0', title: 'Web & more', tags: ['web'] },
    dependencyGroups: [
      { targetFramework: 'net8.0', dependencies: [{ id: 'Acme.Core', range: '[1.9.0, 2.0.0)' }] },
      { targetFramework: 'netstandard2.0', dependencies: [] },
    ],
  }),
  samplePackage({ id: 'Acme.Hidden', version: '1.0.0' }, false),
];

/** @param given - `nested`: the query came with a chain. */
export function askUntil(signal: AbortSignal, given: Partial<Ask> = {}): Ask {
  return { signal, remainingMs: () => 30_000, requestId: 'test', traceparent: '', chain: '', ...given };
}

function metadataOf(given: Given): PackageMetadata {
  const version = parseVersion(given.version);
  if (version === undefined) throw new TypeError(`${given.version} is no version`);
  const ranges = (given.dependencyGroups ?? []).flatMap(({ dependencies }) => dependencies.map(({ range }) => range));
  const needsSemVer2 = ranges.map(parseRange).some((range) => range !== undefined && isSemVer2Range(range));
  return {
    ...{ normalizedVersion: normalizeVersion(version), isPrerelease: isPrerelease(version) },
    ...{ isSemVer2: isSemVer2(version) || needsSemVer2, title: '', authors: 'Ada, Grace', owners: '', summary: '' },
    ...{ description: `About ${given.id}.`, releaseNotes: '', copyright: '', language: '', tags: [], projectUrl: '' },
    ...{ iconUrl: '', licenseUrl: '', licenseExpression: '', licenseFile: null, iconFile: null, readmeFile: null },
    ...{ repositoryUrl: '', repositoryType: '', repositoryCommit: '', requireLicenseAcceptance: false },
    ...{ developmentDependency: false, minClientVersion: '', packageTypes: [], dependencyGroups: [] },
    ...given,
  };
}

function nuspecOf({ id, version, authors, description, title, tags, dependencyGroups }: PackageMetadata): string {
  const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const element = (name: string, text: string): string => (text === '' ? '' : `<${name}>${escape(text)}</${name}>`);
  const groups = dependencyGroups.map(({ targetFramework, dependencies }) => {
    const framework = targetFramework === null ? '' : ` targetFramework="${targetFramework}"`;
    const list = dependencies.map((one) => `<dependency id="${one.id}" version="${one.range}"/>`).join('');
    return `<group${framework}>${list}</group>`;
  });
  return (
    `<package><metadata>${element('id', id)}${element('version', version)}${element('title', title)}` +
    `${element('authors', authors)}${element('description', description)}${element('tags', tags.join(' '))}` +
    `${groups.length === 0 ? '' : `<dependencies>${groups.join('')}</dependencies>`}</metadata></package>`
  );
}

/** A zip archive with one entry, not compressed. Source: PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16. */
function zipOf(name: string, content: Buffer): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x21, 8);
  fields.writeUInt32LE(crc32(content), 10);
  fields.writeUInt32LE(content.length, 14);
  fields.writeUInt32LE(content.length, 18);
  fields.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(name), content]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), fields, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
