export { describePackageSource } from './package-source-conformance.ts';
export type { PackageSourceTraits, PackageSourceUnderTest } from './package-source-conformance.ts';
export { askUntil, samplePackage, samplePackages } from './sample-packages.ts';
export type { SamplePackage } from './sample-packages.ts';
