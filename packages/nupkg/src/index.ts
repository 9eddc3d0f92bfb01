export type { DependencyGroup, PackageDependency, PackageMetadata, PackageType } from './package-metadata.ts';
