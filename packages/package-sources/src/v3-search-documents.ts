/**
 * Results of searches and completions.
 *
 * Source: NuGet server API, "Search" and "Autocomplete".
 */
import { isPackageId } from '@feedfleet/nupkg';

import { parseJson } from './json-document.ts';
import type { SourceHit } from './package-source.ts';
import type { DocumentReader } from './source-call.ts';
import { malformed } from './source-refusal.ts';
import { countOf, isObject, listOf, textOf } from './told-values.ts';
import type { JsonObject } from './told-values.ts';
import { VersionsOfId } from './told-version.ts';
import type { ReportOddity } from './told-version.ts';
import { Turns } from './turns.ts';
import { deprecationOf, describedOf, vulnerabilitiesOf } from './v3-catalog-entry.ts';

const MAX_HIT_VERSIONS = 10_000;
/** The protocol's own bound of `take`. */
export const MAX_TAKE = 1000;

interface SearchResults {
  readonly total: number;
  readonly hits: readonly SourceHit[];
  /** As many as the source sent, whatever they were; no more than it was asked for. */
  readonly sent: number;
}

/** @param take - what the source was asked for; if it sends more, the rest is not read. */
export function searchReader(report: ReportOddity, take: number): DocumentReader<SearchResults> {
  return {
    accept: 'application/json',
    read: async (body, signal) => {
      const document = await resultsOf(body, signal);
      const turns = new Turns(signal);
      const data = taken(document, take);
      const hits: SourceHit[] = [];
      for (const item of data) {
        if (turns.isOver) await turns.next();
        const hit = isObject(item) ? hitOf(item, report) : undefined;
        if (hit !== undefined) hits.push(hit);
      }
      return { total: Math.max(countOf(document.totalHits), hits.length), hits, sent: data.length };
    },
  };
}

/** @param take - as for `searchReader`. */
export function idsReader(take: number): DocumentReader<{ readonly total: number; readonly ids: readonly string[] }> {
  return {
    accept: 'application/json',
    read: async (body, signal) => {
      const document = await resultsOf(body, signal);
      const ids = taken(document, take).map(textOf).filter(isPackageId);
      return { total: Math.max(countOf(document.totalHits), ids.length), ids };
    },
  };
}

function taken(document: JsonObject, take: number): readonly unknown[] {
  return listOf(document.data).slice(0, Math.min(take, MAX_TAKE));
}

async function resultsOf(body: Buffer, signal: AbortSignal): Promise<JsonObject> {
  const document = await parseJson(body, signal);
  if (isObject(document) && Array.isArray(document.data)) return document;
  throw malformed('The source answered with JSON that is no search result');
}

/** Searches tell no dependencies. What is told of the newest version stands for the others. */
function hitOf(item: JsonObject, report: ReportOddity): SourceHit | undefined {
  const id = textOf(item.id);
  if (!isPackageId(id)) {
    report({ oddity: 'invalidId', expected: '', given: id });
    return undefined;
  }
  const newest = textOf(item.version);
  const metadata = describedOf(item);
  const totalDownloads = countOf(item.totalDownloads);
  const versions = new VersionsOfId(id, report);
  const add = (version: string, downloads: number): void => {
    const isNewest = version === newest;
    versions.add({
      ...{ id, version, metadata, downloads, totalDownloads, isIncomplete: true },
      deprecation: isNewest ? deprecationOf(item.deprecation) : null,
      vulnerabilities: isNewest ? vulnerabilitiesOf(item.vulnerabilities, version) : [],
    });
  };
  for (const one of listOf(item.versions).slice(0, MAX_HIT_VERSIONS)) {
    if (isObject(one)) add(textOf(one.version), countOf(one.downloads));
  }
  // Not every source lists the newest version among the versions.
  add(newest, 0);
  const ascending = versions.ascending();
  return ascending.length === 0 ? undefined : { id, versions: ascending };
}
