/**
 * A foreign source that speaks NuGet v2.
 *
 * Source: NuGetGallery's OData controllers; the requests of NuGet.Client (`V2FeedParser`, `AutoCompleteResourceV2Feed`).
 */
import { isPackageId } from '@feedfleet/nupkg';
import { parseVersion, normalizeVersion } from '@feedfleet/versioning';

import { boundedMap } from './bounded-map.ts';
import { hitsOf, namedId } from './id-search.ts';
import { parseJson } from './json-document.ts';
import type {
  Ask,
  PackageSource,
  SourceAnswer,
  SourceContent,
  SourceHit,
  SourceHits,
  SourceIds,
  SourcePageQuery,
  SourceRows,
  SourceSearch,
  VersionsById,
} from './package-source.ts';
import { answering, tagOf } from './source-call.ts';
import type { DocumentReader, ForeignSourceOptions, SourceCall } from './source-call.ts';
import { contentFrom } from './source-content.ts';
import { SourceRefusal, malformed } from './source-refusal.ts';
import type { SourceVersion } from './source-version.ts';
import { textOf } from './told-values.ts';
import { VersionsOfId, sourceVersion } from './told-version.ts';
import { V2Links, literal } from './v2-links.ts';
import { pageReader, readPages } from './v2-pages.ts';
import type { V2Row } from './v2-pages.ts';

const IDS_AT_A_TIME = 8;
/** How long a source that answered at its base URL is taken to be there. */
const ALIVE_MS = 10 * 60_000;

const NO_TYPES = 'The source speaks NuGet v2, which knows no package types';
const NO_COMPLETION = 'The source has no list of package ids (package-ids), as some that speak NuGet v2 do not';
const NO_COLLECTION = 'The source refuses this query, or does not have this collection';

/** What clients send, in the case in which servers expect it. What else a client sent is not for others. */
const OPTION_NAMES = ['$filter', '$orderby', 'searchTerm', 'targetFramework', 'includePrerelease', 'semVerLevel'];

export function v2Source(options: ForeignSourceOptions): PackageSource {
  return new V2Source(options);
}

class V2Source implements PackageSource {
  readonly #options: ForeignSourceOptions;
  readonly #links: V2Links;
  #aliveUntilMs = -Infinity;

  constructor(options: ForeignSourceOptions) {
    this.#options = options;
    this.#links = new V2Links(options.url);
  }

  versions(ids: readonly string[], ask: Ask): Promise<SourceAnswer<VersionsById>> {
    return answering(this.#options, ask, async (call) => {
      const found = await boundedMap(ids, IDS_AT_A_TIME, (id) => this.#byId(call, id));
      const value = new Map(
        found.flatMap(({ versions }, at) => (versions.length > 0 ? [[ids[at] ?? '', versions]] : [])),
      );
      return { value, tag: tagOf(found.flatMap(({ digests }) => digests)) };
    });
  }

  search(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceHits>> {
    return answering(this.#options, { ...ask, isClientShaped: true }, async (call) => {
      const id = namedId(query.text);
      if (id !== undefined) {
        const { versions, digests } = await this.#byId(call, id);
        const hits = hitsOf(versions, query);
        return { value: { total: hits.length, hits }, tag: tagOf(digests) };
      }
      if (query.packageType !== null) return { unsupported: NO_TYPES };
      const found = await unlessRefused(readPages(call, this.#links, this.#searchUrl(query), query.take));
      if (found === undefined) return { unsupported: NO_COLLECTION };
      const hits = this.#hits(found.rows).slice(0, query.take);
      const total = found.count ?? hits.length + (found.hasMore ? 1 : 0);
      return { value: { total, hits }, tag: tagOf(found.digests) };
    });
  }

  complete(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceIds>> {
    return answering(this.#options, { ...ask, isClientShaped: true }, async (call) => {
      const url = this.#links.query('package-ids', {
        ...{ partialId: query.text, includePrerelease: String(query.includePrerelease) },
        ...(query.includeSemVer2 ? { semVerLevel: '2.0.0' } : {}),
      });
      const found = await unlessRefused(call.read(url, idListReader));
      if (found === undefined) return { unsupported: NO_COMPLETION };
      const ids = found.value.slice(0, query.take);
      return { value: { total: found.value.length, ids }, tag: tagOf([found.digest]) };
    });
  }

  page(query: SourcePageQuery, ask: Ask): Promise<SourceAnswer<SourceRows>> {
    return answering(this.#options, { ...ask, isClientShaped: true }, async (call) => {
      const found = await unlessRefused(readPages(call, this.#links, this.#pageUrl(query), query.take));
      if (found === undefined) return { unsupported: NO_COLLECTION };
      const rows = found.rows.flatMap((row) => this.#row(row) ?? []).slice(0, query.take);
      const total = query.withCount ? (found.count ?? null) : null;
      return { value: { total, rows, hasMore: found.hasMore }, tag: tagOf(found.digests) };
    });
  }

  content(
    of: { readonly id: string; readonly normalizedVersion: string },
    ask: Ask,
  ): Promise<SourceAnswer<SourceContent | null>> {
    return answering(this.#options, ask, async (call) => {
      const row = await this.#rowOf(call, of);
      if (row === undefined) return { value: null, tag: 'none' };
      if (row.contentUrl === '') throw malformed('The source does not say where the file of the package is');
      const { sizeBytes = 0, sha512 = '' } = row.version;
      const announced = { sizeBytes: sizeBytes === 0 ? null : sizeBytes, sha512: sha512 === '' ? null : sha512 };
      const content = await contentFrom(call, row.contentUrl, announced);
      return { value: content, tag: sha512 === '' ? `${of.id}/${of.normalizedVersion}`.toLowerCase() : sha512 };
    });
  }

  async #byId(
    call: SourceCall,
    id: string,
  ): Promise<{ readonly versions: readonly SourceVersion[]; readonly digests: readonly string[] }> {
    const found = await readPages(call, this.#links, this.#links.versionsOf(id));
    if (found === undefined) {
      await this.#assertAlive(call);
      return { versions: [], digests: ['none'] };
    }
    const versions = new VersionsOfId(id, this.#report);
    for (const { version } of found.rows) versions.add(version);
    if (versions.isOnlyOdd) throw malformed('The source answered with versions of another package than was asked for');
    this.#aliveUntilMs = this.#options.now() + ALIVE_MS;
    return { versions: versions.ascending(), digests: found.digests };
  }

  /** Some servers say 404 for an id that they do not have, and so does everything that is no server of packages. */
  async #assertAlive(call: SourceCall): Promise<void> {
    const now = this.#options.now();
    if (now < this.#aliveUntilMs) return;
    const service = await call.read(`${this.#links.base}/$metadata`, metadataReader);
    if (service === undefined) throw malformed('The URL of the source leads to nothing that speaks NuGet v2 (404)');
    this.#aliveUntilMs = now + ALIVE_MS;
  }

  /** By its key, under which strict servers know a version only as it is written, or among all versions of the id. */
  async #rowOf(
    call: SourceCall,
    { id, normalizedVersion }: { readonly id: string; readonly normalizedVersion: string },
  ): Promise<V2Row | undefined> {
    const isMeant = ({ version }: V2Row): boolean => isVersion(version, id, normalizedVersion);
    const single = await call.read(this.#links.version(id, normalizedVersion), pageReader);
    const row = single?.value.rows.find(isMeant);
    if (row !== undefined) return row;
    const found = await readPages(call, this.#links, this.#links.versionsOf(id.toLowerCase()));
    if (found === undefined) await this.#assertAlive(call);
    return found?.rows.find(isMeant);
  }

  #searchUrl(query: SourceSearch): string {
    return this.#links.query('Search()', {
      $filter: query.includePrerelease ? 'IsAbsoluteLatestVersion' : 'IsLatestVersion',
      ...{ searchTerm: literal(query.text), targetFramework: "''", includePrerelease: String(query.includePrerelease) },
      ...{ $skip: '0', $top: String(query.take), $inlinecount: 'allpages' },
      ...(query.includeSemVer2 ? { semVerLevel: '2.0.0' } : {}),
    });
  }

  #pageUrl({ resource, options, after, take, withCount }: SourcePageQuery): string {
    const told = OPTION_NAMES.flatMap((name) => {
      const value = options[name.toLowerCase()] ?? options[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return this.#links.query(`${resource}()`, {
      ...Object.fromEntries(told),
      // One more than is wanted tells whether there are more: with `$top`, servers send no next link.
      $top: String(take + 1),
      ...(after === null ? {} : { $skiptoken: after }),
      ...(withCount ? { $inlinecount: 'allpages' } : {}),
    });
  }

  #hits(rows: readonly V2Row[]): readonly SourceHit[] {
    const hits = new Map<string, SourceHit>();
    for (const row of rows) {
      const version = this.#row(row);
      const key = version?.id.toLowerCase();
      if (version !== undefined && key !== undefined && version.listed && !hits.has(key)) {
        hits.set(key, { id: version.id, versions: [version] });
      }
    }
    return [...hits.values()];
  }

  #row({ version: told }: V2Row): SourceVersion | undefined {
    const version = parseVersion(told.version);
    if (version !== undefined && isPackageId(told.id)) return sourceVersion({ ...told, version });
    const oddity = version === undefined ? 'invalidVersion' : 'invalidId';
    this.#report({ oddity, expected: '', given: version === undefined ? told.version : told.id });
    return undefined;
  }

  readonly #report: NonNullable<ForeignSourceOptions['report']> = (oddity) => this.#options.report?.(oddity);
}

/** Undefined when the source refuses the question, as if it did not have what was asked. */
async function unlessRefused<T>(asking: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof SourceRefusal && error.isUnsupported) return undefined;
    throw error;
  }
}

function isVersion(told: { readonly id: string; readonly version: string }, id: string, normalized: string): boolean {
  const version = parseVersion(told.version);
  return (
    told.id.toLowerCase() === id.toLowerCase() &&
    version !== undefined &&
    normalizeVersion(version).toLowerCase() === normalized.toLowerCase()
  );
}

const idListReader: DocumentReader<readonly string[]> = {
  accept: 'application/json',
  read: async (body, signal) => {
    const document = await parseJson(body, signal);
    if (!Array.isArray(document)) throw malformed('The source answered with JSON that is no list of package ids');
    return document.map(textOf).filter(isPackageId);
  },
};

/** Source: OData 2.0: every service describes itself at `$metadata`. */
const metadataReader: DocumentReader<true> = {
  accept: 'application/xml',
  read: (body) => {
    if (body.subarray(0, 4096).includes('Edmx')) return Promise.resolve(true as const);
    throw malformed('The URL of the source leads to what does not speak NuGet v2');
  },
};
