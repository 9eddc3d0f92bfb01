/**
 * Package ids.
 *
 * Source: NuGet's schema of the nuspec and `PackageIdValidator`: words of letters, digits and `_`, joined by single `.` or `-`,
 * at most 100 characters.
 */
const MAX_ID_CHARACTERS = 100;
const PACKAGE_ID = /^[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*$/;

export function isPackageId(text: string): boolean {
  return text.length <= MAX_ID_CHARACTERS && PACKAGE_ID.test(text);
}
