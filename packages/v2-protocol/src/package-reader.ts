/** Reads single versions of one feed, as clients name them. */
import type { MetadataStore, StoredVersion } from '@feedfleet/store';
import { normalizeVersion, parseVersion } from '@feedfleet/versioning';

export interface PackageReaderOptions {
  readonly metadata: Pick<MetadataStore, 'version'>;
  readonly feedId: string;
  readonly signal: AbortSignal;
}

export class PackageReader {
  readonly #options: PackageReaderOptions;

  constructor(options: PackageReaderOptions) {
    this.#options = options;
  }

  /** @returns undefined for what is no version, too. */
  async version(id: string, version: string): Promise<StoredVersion | undefined> {
    const { metadata, feedId, signal } = this.#options;
    const parsed = parseVersion(version);
    if (parsed === undefined) return undefined;
    return metadata.version(feedId, id, normalizeVersion(parsed), { fragment: 'v2-entry', signal });
  }
}
