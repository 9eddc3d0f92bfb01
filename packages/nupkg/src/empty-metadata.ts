/** Metadata of a version of which no more than its name is told. */
import type { PackageMetadata } from './package-metadata.ts';

type Named = Pick<PackageMetadata, 'id' | 'version' | 'normalizedVersion' | 'isPrerelease' | 'isSemVer2'>;

export function emptyMetadata({ id, version, normalizedVersion, isPrerelease, isSemVer2 }: Named): PackageMetadata {
  return {
    ...{ id, version, normalizedVersion, isPrerelease, isSemVer2 },
    ...{ title: '', authors: '', owners: '', description: '', summary: '', releaseNotes: '', copyright: '' },
    ...{ language: '', tags: [], projectUrl: '', iconUrl: '', licenseUrl: '', licenseExpression: '' },
    ...{ licenseFile: null, iconFile: null, readmeFile: null },
    ...{ repositoryUrl: '', repositoryType: '', repositoryCommit: '', minClientVersion: '' },
    ...{ requireLicenseAcceptance: false, developmentDependency: false, packageTypes: [], dependencyGroups: [] },
  };
}
