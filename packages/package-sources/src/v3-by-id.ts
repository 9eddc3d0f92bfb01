/** All versions of an id: by its registration, or where a source has none by the flat container and its nuspecs. */
import { boundedMap } from './bounded-map.ts';
import { parseJson } from './json-document.ts';
import type { DocumentReader, SourceCall } from './source-call.ts';
import { malformed } from './source-refusal.ts';
import type { SourceVersion } from './source-version.ts';
import { isObject, listOf, textOf } from './told-values.ts';
import { VersionsOfId } from './told-version.ts';
import type { ReportOddity } from './told-version.ts';
import { withNuspecs } from './v3-nuspecs.ts';
import { RegistrationBudget, registrationIndexReader, registrationPageReader } from './v3-registration.ts';
import type { RegistrationLeaf } from './v3-registration.ts';
import type { V3Resources } from './v3-service-index.ts';

const PAGES_AT_A_TIME = 4;
const MAX_LISTED_VERSIONS = 20_000;

export interface V3Versions {
  /** Ascending; none when the source says that it has none. */
  readonly versions: readonly SourceVersion[];
  readonly digests: readonly string[];
  /** By normalized version in lower case, as far as the source says. */
  readonly contentUrls: ReadonlyMap<string, string>;
}

const NONE: V3Versions = { versions: [], digests: ['none'], contentUrls: new Map() };

/** @throws {SourceRefusal} when the source says neither what it has nor that it has nothing. */
export async function v3ById(
  call: SourceCall,
  { registration, content }: V3Resources,
  id: string,
  report: ReportOddity,
): Promise<V3Versions> {
  const folder = content[0] === undefined ? undefined : `${content[0]}/${encodeURIComponent(id)}`;
  const [base] = registration;
  const found =
    base === undefined
      ? await fromFlatContainer(call, folder, id, report)
      : await fromRegistration(call, `${base}/${encodeURIComponent(id)}/index.json`, id, report);
  if (folder === undefined || !found.versions.some(({ isIncomplete }) => isIncomplete === true)) return found;
  const { versions, digests } = await withNuspecs(call, found.versions, folder);
  return { ...found, versions, digests: [...found.digests, ...digests] };
}

async function fromRegistration(call: SourceCall, url: string, id: string, report: ReportOddity): Promise<V3Versions> {
  const index = await call.read(url, registrationIndexReader);
  if (index === undefined) return NONE;
  const digests = [index.digest];
  const budget = new RegistrationBudget();
  const pages = await boundedMap(index.value, PAGES_AT_A_TIME, async (page): Promise<readonly RegistrationLeaf[]> => {
    if ('leaves' in page) {
      budget.takeLeaves(page, page.leaves.length);
      return page.leaves;
    }
    const document = await call.read(page.url, registrationPageReader(page, budget));
    // The index says that there is such a page: what is on it is unknown, not absent.
    if (document === undefined) throw malformed('The source names a page of a registration that it does not have');
    // A page that is remembered is not read again.
    budget.takeLeaves(page, document.value.length);
    digests.push(document.digest);
    return document.value;
  });
  const versions = new VersionsOfId(id, report);
  const contentUrls = new Map<string, string>();
  for (const { version, contentUrl } of pages.flat()) {
    const row = versions.add(version);
    if (row !== undefined && contentUrl !== '') contentUrls.set(row.normalizedVersion.toLowerCase(), contentUrl);
  }
  return { versions: known(versions), digests: digests.sort(), contentUrls };
}

async function fromFlatContainer(
  call: SourceCall,
  folder: string | undefined,
  id: string,
  report: ReportOddity,
): Promise<V3Versions> {
  if (folder === undefined) {
    throw malformed('The service index of the source names neither registrations nor package contents');
  }
  const list = await call.read(`${folder}/index.json`, versionListReader);
  if (list === undefined) return NONE;
  const versions = new VersionsOfId(id, report);
  for (const version of list.value) versions.add({ id, version, isIncomplete: true });
  return { versions: known(versions), digests: [list.digest], contentUrls: new Map() };
}

function known(versions: VersionsOfId): readonly SourceVersion[] {
  if (versions.isOnlyOdd) throw malformed('The source answered with versions of another package than was asked for');
  return versions.ascending();
}

/** Source: NuGet server API, "Package content", section "Enumerate package versions". */
const versionListReader: DocumentReader<readonly string[]> = {
  accept: 'application/json',
  read: async (body, signal) => {
    const document = await parseJson(body, signal);
    if (!isObject(document) || !Array.isArray(document.versions)) {
      throw malformed('The source answered with JSON that is no list of versions');
    }
    const versions = listOf(document.versions);
    if (versions.length > MAX_LISTED_VERSIONS)
      throw malformed(`The source has more than ${MAX_LISTED_VERSIONS} versions`);
    return versions.map(textOf);
  },
};
