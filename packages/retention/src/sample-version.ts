/** Versions for tests: complete, with nothing in them but what retention looks at. */
import { emptyMetadata } from '@feedfleet/nupkg';
import type { NewPackageVersion } from '@feedfleet/store';

/** Ranges by id. */
export type Dependencies = Readonly<Record<string, string>>;

export interface SampleVersion {
  readonly id: string;
  readonly version: string;
  readonly sha512: string;
  readonly dependencies?: Dependencies;
}

export function versionOf({ id, version, sha512, dependencies = {} }: SampleVersion): NewPackageVersion {
  const isPrerelease = version.includes('-');
  const names = { id, version, normalizedVersion: version, isPrerelease, isSemVer2: false };
  const list = Object.entries(dependencies).map(([name, range]) => ({ id: name, range }));
  return {
    metadata: {
      ...emptyMetadata(names),
      dependencyGroups: list.length === 0 ? [] : [{ targetFramework: null, dependencies: list }],
    },
    sha512,
    sizeBytes: 1000,
    created: '2026-01-02T03:04:05.000Z',
    listed: true,
    fragments: { 'v2-entry': { format: 1, text: '' }, 'v3-leaf': { format: 1, text: '' } },
  };
}
