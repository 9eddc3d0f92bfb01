/** Versions for tests: made up within what a version may be, and with every member that one can have. */
import { emptyMetadata } from '@feedfleet/nupkg';
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { SourceVersion } from '@feedfleet/package-sources';
import { isPrerelease, isSemVer2, normalizeVersion, parseVersion, versionSortKey } from '@feedfleet/versioning';
import fc from 'fast-check';

export function metadataOf(id: string, version: string, more: Partial<PackageMetadata> = {}): PackageMetadata {
  const parsed = parseVersion(version);
  if (parsed === undefined) throw new Error(`${version} is no version`);
  const flags = { isPrerelease: isPrerelease(parsed), isSemVer2: isSemVer2(parsed) };
  return {
    ...emptyMetadata({ id, version, normalizedVersion: normalizeVersion(parsed), ...flags }),
    ...{ authors: 'Ada, Grace', description: `About ${id}.` },
    ...more,
  };
}

/** Of plain objects, as documents have them. */
function record<T>(model: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record<T>(model, { noNullPrototype: true });
}

const text = fc.oneof(fc.constant(''), fc.string({ unit: 'binary', maxLength: 20 }));
const file = fc.option(fc.string({ minLength: 1, maxLength: 20 }));
const count = fc.nat();
const id = fc.constantFrom('A', 'Contoso.Core', 'contoso.core', 'x_y-z');
const ranged = record({ id, range: fc.constantFrom('(, )', '[1.0.0, )') });
const version = fc
  .tuple(fc.nat(30), fc.nat(5), fc.nat(5), fc.constantFrom('', '', '-rc', '-beta.2', '+build.7', '-x.1+y'))
  .map(([major, minor, patch, end]) => `${major}.${minor}.${patch}${end}`);

const metadata: fc.Arbitrary<Omit<Required<PackageMetadata>, 'supportedFrameworks'>> = record({
  ...{ id, version, normalizedVersion: version, isPrerelease: fc.boolean(), isSemVer2: fc.boolean() },
  ...{ title: text, authors: text, owners: text, description: text, summary: text, releaseNotes: text },
  ...{ copyright: text, language: text, tags: fc.array(text), projectUrl: text, iconUrl: text, licenseUrl: text },
  ...{ licenseExpression: text, licenseFile: file, iconFile: file, readmeFile: file, repositoryUrl: text },
  ...{ repositoryType: text, repositoryCommit: text, minClientVersion: text },
  ...{ requireLicenseAcceptance: fc.boolean(), developmentDependency: fc.boolean() },
  packageTypes: fc.array(record({ name: text, version: fc.option(text) }), { maxLength: 2 }),
  dependencyGroups: fc.array(
    record({ targetFramework: fc.option(text), dependencies: fc.array(ranged, { maxLength: 3 }) }),
    { maxLength: 3 },
  ),
});

const deprecation = record({
  reasons: fc.constantFrom(['Legacy' as const], ['CriticalBugs' as const, 'Other' as const]),
  message: text,
  alternate: fc.option(ranged),
});
const vulnerability = record({ url: text, severity: fc.constantFrom(0, 1, 2, 3), range: text });
const instant = fc.constantFrom('', '2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.679Z');

/** With a version that its sort key fits, and metadata that need not fit anything. */
export const sampleVersions: fc.Arbitrary<SourceVersion> = record({
  ...{ id, version, isPrerelease: fc.boolean(), isSemVer2: fc.boolean(), listed: fc.boolean() },
  ...{ created: instant, downloads: count, totalDownloads: count, sizeBytes: count },
  lastEdited: instant,
  isComplete: fc.boolean(),
  sha512: fc.constantFrom('', 'a'.repeat(128), '0'.repeat(128)),
  metadata: fc
    .tuple(metadata, fc.option(fc.array(text), { nil: undefined }))
    .map(([rest, frameworks]) => (frameworks === undefined ? rest : { ...rest, supportedFrameworks: frameworks })),
  deprecation: fc.option(deprecation),
  vulnerabilities: fc.array(vulnerability, { maxLength: 3 }),
}).map(({ isComplete, ...rest }) => withOrder(isComplete ? rest : { ...rest, isIncomplete: true }));

function withOrder(told: Omit<SourceVersion, 'sortKey' | 'normalizedVersion'>): SourceVersion {
  const parsed = parseVersion(told.version);
  if (parsed === undefined) throw new Error(`${told.version} is no version`);
  return { ...told, normalizedVersion: normalizeVersion(parsed), sortKey: versionSortKey(parsed) };
}
