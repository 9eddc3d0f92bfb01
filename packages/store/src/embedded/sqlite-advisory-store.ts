/** The advisory port on SQLite, over the connections of the metadata store. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';
import type {
  Advisories,
  AdvisoryStore,
  Deprecation,
  DeprecationOutcome,
  VulnerabilityChange,
  VulnerabilityOutcome,
  VulnerabilityPage,
  VulnerabilitySource,
} from '../advisories.ts';
import type { VersionIdentity } from '../retention-store.ts';
import type { Connection } from './connection.ts';
import { readDeprecations, setDeprecations, versionKeysOf } from './deprecations.ts';
import type { SqliteMetadataStoreParts } from './sqlite-metadata-store.ts';
import { toStoreProblem } from './sqlite-problems.ts';
import { foldCase } from './version-writer.ts';
import {
  readPage,
  readSources,
  readVulnerabilities,
  removeVulnerabilities,
  setVulnerabilities,
} from './vulnerabilities.ts';

/** Versions that are changed in one turn of the event loop. */
const VERSIONS_PER_TRANSACTION = 100;
const MAX_VERSIONS = 1000;
const SOURCE_NAME = /^[a-z0-9_-]{1,32}$/;
const NOTHING: Advisories = { deprecations: new Map(), vulnerabilities: new Map() };

export class SqliteAdvisoryStore implements AdvisoryStore {
  readonly #parts: SqliteMetadataStoreParts;

  constructor(parts: SqliteMetadataStoreParts) {
    this.#parts = parts;
  }

  async deprecate(
    feedId: string,
    id: string,
    versions: readonly string[] | 'all',
    deprecation: Deprecation | null,
  ): Promise<DeprecationOutcome> {
    const known = await this.#read((reader) => versionKeysOf(reader, feedId, id));
    const wanted = versions === 'all' ? [...known.keys()] : [...new Set(versions.map(foldCase))];
    const absent = wanted.filter((version) => !known.has(version));
    if (absent.length > 0 || known.size === 0) {
      return { outcome: 'absent', versions: absent };
    }
    const keys = wanted.map((version) => known.get(version) ?? 0);
    const change = { deprecation, at: this.#instant() };
    let changed = 0;
    for (let start = 0; start < keys.length; start += VERSIONS_PER_TRANSACTION) {
      const part = keys.slice(start, start + VERSIONS_PER_TRANSACTION);
      changed += await this.#write((connection) => setDeprecations(connection, part, change));
      await nextTurn();
    }
    return { outcome: 'done', changed, unchanged: keys.length - changed };
  }

  setVulnerabilities(feedId: string, source: string, change: VulnerabilityChange): Promise<VulnerabilityOutcome> {
    return this.#write((connection) => {
      if (!SOURCE_NAME.test(source)) {
        throw new ProblemError('invalidArgument', { detail: 'a source is named by 1 to 32 of a-z, 0-9, - and _' });
      }
      return setVulnerabilities(connection, { feedId, source }, { change, at: this.#instant() });
    });
  }

  removeVulnerabilities(feedId: string, source: string | null): Promise<readonly VulnerabilitySource[]> {
    return this.#write((connection) => removeVulnerabilities(connection, { feedId, source }));
  }

  async advisoriesOf(feedId: string, versions: readonly VersionIdentity[]): Promise<Advisories> {
    return this.#read((reader) => {
      if (versions.length > MAX_VERSIONS) {
        throw new ProblemError('invalidArgument', { detail: `at most ${MAX_VERSIONS} versions are asked for at once` });
      }
      const feed = reader.get(
        `SELECT feed_key, EXISTS (SELECT 1 FROM deprecation d WHERE d.feed_key = f.feed_key) AS has_deprecations,
           EXISTS (SELECT 1 FROM vulnerability v WHERE v.feed_key = f.feed_key) AS has_vulnerabilities
         FROM feed f WHERE feed_id = ?`,
        feedId,
      );
      if (feed === undefined || versions.length === 0) {
        return NOTHING;
      }
      const feedKey = Number(feed.feed_key);
      const ids = new Set(versions.map(({ id }) => foldCase(id)));
      const { deprecations, vulnerabilities } = NOTHING;
      return {
        deprecations: feed.has_deprecations === 1 ? readDeprecations(reader, feedKey, versions) : deprecations,
        vulnerabilities: feed.has_vulnerabilities === 1 ? readVulnerabilities(reader, feedKey, ids) : vulnerabilities,
      };
    });
  }

  vulnerabilitySources(feedId: string): Promise<readonly VulnerabilitySource[]> {
    return this.#read((reader) => readSources(reader, feedId));
  }

  vulnerabilityPage(feedId: string, source: string): Promise<VulnerabilityPage | undefined> {
    return this.#read((reader) => reader.reading(() => readPage(reader, { feedId, source })));
  }

  async #write<T>(work: (connection: Connection) => T): Promise<T> {
    if (this.#parts.readOnly) {
      throw new ProblemError('invalidArgument', { detail: 'the store was opened for reading' });
    }
    return this.#parts.writeLock.run(work);
  }

  // Async, so that what fails is a rejected promise.
  // eslint-disable-next-line @typescript-eslint/require-await
  async #read<T>(work: (reader: Connection) => T): Promise<T> {
    try {
      return work(this.#parts.reader);
    } catch (error) {
      throw toStoreProblem(error);
    }
  }

  #instant(): string {
    return new Date(this.#parts.now()).toISOString();
  }
}
