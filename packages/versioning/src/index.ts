export { compareVersions, isPrerelease, isSemVer2, normalizeVersion, parseVersion } from './nuget-version.ts';
export type { NuGetVersion } from './nuget-version.ts';
export { versionSortKey } from './sort-key.ts';
export { formatRange, isSemVer2Range, parseRange, satisfies } from './version-range.ts';
export type { VersionRange } from './version-range.ts';
export { shortFrameworkName } from './framework-name.ts';
export { isFrameworkCompatible } from './framework-compatibility.ts';
