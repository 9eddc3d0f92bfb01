export { inspectPackage } from './inspect-package.ts';
export type { InspectedPackage } from './inspect-package.ts';
export { parseNuspec } from './nuspec.ts';
export { readNuspec, readPackageEntry } from './package-entry.ts';
export { isPackageId } from './package-id.ts';
export { DEFAULT_PACKAGE_LIMITS } from './package-limits.ts';
export type { PackageLimits } from './package-limits.ts';
export type { DependencyGroup, PackageDependency, PackageMetadata, PackageType } from './package-metadata.ts';
