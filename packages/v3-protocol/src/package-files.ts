/** Files inside a package that have a URL of their own: which there are, and what an author's URLs give way to. */
import type { PackageMetadata } from '@feedfleet/nupkg';

export type PackageFile = 'readme' | 'icon' | 'license';

export const PACKAGE_FILES: readonly PackageFile[] = ['readme', 'icon', 'license'];

const ENTRY_MEMBER = { readme: 'readmeFile', icon: 'iconFile', license: 'licenseFile' } as const;

/** Path of a file inside the package; null when the nuspec names none. */
export function entryNameOf(metadata: PackageMetadata, file: PackageFile): string | null {
  return metadata[ENTRY_MEMBER[file]];
}

/**
 * `iconUrl`, `licenseUrl` and `readmeUrl` of a package; the file in the package comes first, as at the public gallery, since tools
 * that pack write a URL of their own beside it (`https://aka.ms/deprecateLicenseUrl`). Members without a URL are left out:
 * clients take an empty text for one.
 *
 * @param contentUrl - of the version in the flat container, no slash at the end.
 */
export function fileUrls(metadata: PackageMetadata, contentUrl: string): Readonly<Record<string, string>> {
  const urlOf = (file: PackageFile, given: string): string =>
    entryNameOf(metadata, file) === null ? given : `${contentUrl}/${file}`;
  const urls = {
    iconUrl: urlOf('icon', metadata.iconUrl),
    licenseUrl: urlOf('license', metadata.licenseUrl),
    readmeUrl: urlOf('readme', ''),
  };
  return Object.fromEntries(Object.entries(urls).filter(([, url]) => url !== ''));
}
