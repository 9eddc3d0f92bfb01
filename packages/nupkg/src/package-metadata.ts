/**
 * What a nuspec says, normalized: the form in which metadata is stored and from which every protocol renders.
 *
 * Source: NuGet documentation, ".nuspec File Reference".
 */

export interface PackageDependency {
  readonly id: string;
  /** Normalized range in interval notation, for example `[1.0.0, )`; `(, )` when the nuspec names none. */
  readonly range: string;
}

export interface DependencyGroup {
  /** As short folder name (`net45`, `netstandard2.0`); null for "any". */
  readonly targetFramework: string | null;
  readonly dependencies: readonly PackageDependency[];
}

export interface PackageType {
  readonly name: string;
  readonly version: string | null;
}

export interface PackageMetadata {
  /** In the case that the author wrote. */
  readonly id: string;
  /** As the author wrote it, for example `1.0` or `1.0.0-rc.1+build.5`. */
  readonly version: string;
  /** Without build metadata, for example `1.0.0-rc.1`. Case as written; compare in lower case. */
  readonly normalizedVersion: string;
  readonly isPrerelease: boolean;
  /** The version, or the range of a dependency, needs SemVer 2.0.0. */
  readonly isSemVer2: boolean;
  readonly title: string;
  readonly authors: string;
  readonly owners: string;
  readonly description: string;
  readonly summary: string;
  readonly releaseNotes: string;
  readonly copyright: string;
  readonly language: string;
  readonly tags: readonly string[];
  readonly projectUrl: string;
  readonly iconUrl: string;
  readonly licenseUrl: string;
  readonly licenseExpression: string;
  /** Path inside the package, `/`-separated, or null. */
  readonly licenseFile: string | null;
  readonly iconFile: string | null;
  readonly readmeFile: string | null;
  readonly repositoryUrl: string;
  readonly repositoryType: string;
  readonly repositoryCommit: string;
  readonly requireLicenseAcceptance: boolean;
  readonly developmentDependency: boolean;
  readonly minClientVersion: string;
  readonly packageTypes: readonly PackageType[];
  readonly dependencyGroups: readonly DependencyGroup[];
  /**
   * The frameworks, by short name, that the package has files or framework assemblies for. Absent when it has some for any framework or
   * none for one in particular, and in what was stored before this was looked at.
   */
  readonly supportedFrameworks?: readonly string[];
}
