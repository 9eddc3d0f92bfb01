/**
 * What an entry of a v2 feed says of a version.
 *
 * Source: NuGetGallery's V2FeedPackage, and the entries that other servers write.
 */
import { isPackageId } from '@feedfleet/nupkg';
import type { DependencyGroup, PackageDependency } from '@feedfleet/nupkg';

import type { AtomEntry } from './atom-feed.ts';
import { countOf, instantOf, isTrue, isUnlistedDate, tagsOf, textOf, webAddressOf } from './told-values.ts';
import { rangeOf } from './told-version.ts';
import { frameworkOf } from './v3-catalog-entry.ts';
import type { WrittenVersion } from './v3-catalog-entry.ts';

const MAX_DEPENDENCIES = 10_000;

export function versionOfEntry({ title, properties }: AtomEntry): WrittenVersion {
  const text = (name: string): string => textOf(properties.get(name));
  const published = instantOf(properties.get('Published'));
  const isListed = properties.has('Listed') ? isTrue(text('Listed')) : !isUnlistedDate(published);
  const created = instantOf(properties.get('Created'));
  const licenseUrl = webAddressOf(properties.get('LicenseUrl'));
  return {
    id: text('Id') === '' ? textOf(title) : text('Id'),
    version: text('Version') === '' ? text('NormalizedVersion') : text('Version'),
    listed: isListed && !isUnlistedDate(published),
    created: created === '' && !isUnlistedDate(published) ? published : created,
    lastEdited: instantOf(properties.get('LastEdited') ?? properties.get('LastUpdated')),
    downloads: countOf(text('VersionDownloadCount')),
    totalDownloads: countOf(text('DownloadCount')),
    sizeBytes: countOf(text('PackageSize')),
    sha512: sha512Of(text('PackageHash'), text('PackageHashAlgorithm')),
    metadata: {
      title: text('Title') === text('Id') ? '' : text('Title'),
      ...{ authors: text('Authors'), owners: text('Owners'), description: text('Description') },
      ...{ summary: text('Summary'), releaseNotes: text('ReleaseNotes'), copyright: text('Copyright') },
      ...{ language: text('Language'), tags: tagsOf(text('Tags')), licenseUrl },
      ...{ projectUrl: webAddressOf(text('ProjectUrl')), iconUrl: webAddressOf(text('IconUrl')) },
      requireLicenseAcceptance: isTrue(text('RequireLicenseAcceptance')),
      developmentDependency: isTrue(text('DevelopmentDependency')),
      minClientVersion: text('MinClientVersion'),
      dependencyGroups: dependencyGroupsOf(text('Dependencies')),
    },
  };
}

/** In lower-case hex, out of base64; '' when it is the hash of another algorithm. */
function sha512Of(hash: string, algorithm: string): string {
  if (!/^sha-?512$/i.test(algorithm) || !/^[A-Za-z0-9+/]{86}==$/.test(hash)) return '';
  return Buffer.from(hash, 'base64').toString('hex');
}

/** `id:range:framework|id:range:framework`; `::framework` is a group without dependencies. In the order of the first of each group. */
function dependencyGroupsOf(text: string): readonly DependencyGroup[] {
  const groups = new Map<string | null, PackageDependency[]>();
  const parts = text === '' ? [] : text.split('|').slice(0, MAX_DEPENDENCIES);
  for (const part of parts) {
    const [id = '', range = '', ...framework] = part.split(':');
    const targetFramework = frameworkOf(framework.join(':').trim());
    const dependencies = groups.get(targetFramework) ?? [];
    groups.set(targetFramework, dependencies);
    if (isPackageId(id.trim())) dependencies.push({ id: id.trim(), range: rangeOf(range) });
  }
  return [...groups].map(([targetFramework, dependencies]) => ({ targetFramework, dependencies }));
}
