/** Vulnerabilities in the tables. What changes them runs inside a write transaction. */
import { MAX_VULNERABILITIES, MAX_VULNERABILITIES_OF_ID, MAX_VULNERABILITY_SOURCES } from '../advisories.ts';
import type {
  TooMany,
  VulnerabilitiesById,
  Vulnerability,
  VulnerabilityChange,
  VulnerabilityOutcome,
  VulnerabilitySource,
} from '../advisories.ts';
import type { Connection, Row } from './connection.ts';
import { ensureFeed, foldCase } from './version-writer.ts';

const SOURCE = 'SELECT source_key, name, updated, package_count, vulnerability_count FROM vulnerability_source';

interface SourceAddress {
  readonly feedId: string;
  readonly source: string;
}

/** What a source says: a text for each id, equal when the vulnerabilities are. */
type EntriesById = ReadonlyMap<string, string>;
type EntryLists = ReadonlyMap<string, readonly string[]>;

export function setVulnerabilities(
  connection: Connection,
  { feedId, source }: SourceAddress,
  { change, at }: { readonly change: VulnerabilityChange; readonly at: string },
): VulnerabilityOutcome {
  const feedKey = ensureFeed(connection, feedId);
  const known = connection.get(`${SOURCE} WHERE feed_key = ? AND name = ?`, feedKey, source);
  const before = known === undefined ? new Map<string, string>() : entriesOf(connection, Number(known.source_key));
  const byId = change.mode === 'replace' ? change.byId : merged(before, change);
  const lists = canonical(byId);
  const tooMany = excessOf(lists);
  if (tooMany !== undefined) {
    return tooMany;
  }
  const after = new Map([...lists].map(([id, entries]) => [id, `[${entries.join()}]`]));
  if (areEqual(before, after)) {
    return { outcome: 'unchanged', source: known === undefined ? undefined : sourceOf(known) };
  }
  if (known === undefined && countSources(connection, feedKey) >= MAX_VULNERABILITY_SOURCES) {
    return { outcome: 'tooMany', of: 'sources', limit: MAX_VULNERABILITY_SOURCES };
  }
  const told: VulnerabilitySource = {
    name: source,
    updated: at,
    packages: after.size,
    vulnerabilities: countOf(lists),
  };
  const sourceKey = writeSource(connection, feedKey, told);
  writeEntries(connection, { feedKey, sourceKey }, { before, after });
  dropEmpty(connection, sourceKey);
  raiseRevision(connection, feedKey);
  return { outcome: 'changed', source: after.size === 0 ? undefined : told };
}

/** @returns those that were there. */
export function removeVulnerabilities(
  connection: Connection,
  { feedId, source }: { readonly feedId: string; readonly source: string | null },
): readonly VulnerabilitySource[] {
  const rows = connection.all(
    `${SOURCE} WHERE feed_key = (SELECT feed_key FROM feed WHERE feed_id = ?) AND name = coalesce(?, name) ORDER BY name`,
    feedId,
    source,
  );
  for (const row of rows) {
    connection.run('DELETE FROM vulnerability WHERE source_key = ?', Number(row.source_key));
    connection.run('DELETE FROM vulnerability_source WHERE source_key = ?', Number(row.source_key));
  }
  if (rows.length > 0) {
    raiseRevision(connection, connection.number('SELECT feed_key FROM feed WHERE feed_id = ?', feedId));
  }
  return rows.map(sourceOf);
}

export function readSources(reader: Connection, feedId: string): readonly VulnerabilitySource[] {
  return reader
    .all(`${SOURCE} WHERE feed_key = (SELECT feed_key FROM feed WHERE feed_id = ?) ORDER BY name`, feedId)
    .map(sourceOf);
}

export function readPage(
  reader: Connection,
  { feedId, source }: SourceAddress,
): (VulnerabilitySource & { readonly byId: VulnerabilitiesById }) | undefined {
  const row = reader.get(
    `${SOURCE} WHERE feed_key = (SELECT feed_key FROM feed WHERE feed_id = ?) AND name = ?`,
    feedId,
    foldCase(source),
  );
  return row === undefined ? undefined : { ...sourceOf(row), byId: parsed(entriesOf(reader, Number(row.source_key))) };
}

/** What all sources together say of some ids. */
export function readVulnerabilities(
  reader: Connection,
  feedKey: number,
  ids: ReadonlySet<string>,
): VulnerabilitiesById {
  const rows = reader.all(
    `SELECT v.id_lower, v.entries FROM json_each(?) wanted
     CROSS JOIN vulnerability v ON v.feed_key = ? AND v.id_lower = wanted.value ORDER BY v.id_lower, v.source_key`,
    JSON.stringify([...ids]),
    feedKey,
  );
  const byId = new Map<string, readonly Vulnerability[]>();
  for (const row of rows) {
    const id = String(row.id_lower);
    byId.set(id, [...(byId.get(id) ?? []), ...parsedEntries(String(row.entries))]);
  }
  return byId;
}

function entriesOf(connection: Connection, sourceKey: number): EntriesById {
  const rows = connection.all(
    'SELECT id_lower, entries FROM vulnerability WHERE source_key = ? ORDER BY id_lower',
    sourceKey,
  );
  return new Map(rows.map((row) => [String(row.id_lower), String(row.entries)]));
}

/** An advisory of the change takes the place of all that the source said by its URL. */
function merged(before: EntriesById, { byId, withdrawnUrls = [] }: VulnerabilityChange): VulnerabilitiesById {
  const replaced = new Set(withdrawnUrls);
  for (const added of byId.values()) for (const { url } of added) replaced.add(url);
  const result = new Map<string, readonly Vulnerability[]>();
  for (const [id, kept] of parsed(before)) {
    result.set(
      id,
      kept.filter(({ url }) => !replaced.has(url)),
    );
  }
  for (const [id, added] of byId) result.set(foldCase(id), [...(result.get(foldCase(id)) ?? []), ...added]);
  return result;
}

function excessOf(lists: EntryLists): TooMany | undefined {
  if (countOf(lists) > MAX_VULNERABILITIES) {
    return { outcome: 'tooMany', of: 'vulnerabilities', limit: MAX_VULNERABILITIES };
  }
  const isCrowded = [...lists.values()].some(({ length }) => length > MAX_VULNERABILITIES_OF_ID);
  return isCrowded
    ? { outcome: 'tooMany', of: 'vulnerabilities of one id', limit: MAX_VULNERABILITIES_OF_ID }
    : undefined;
}

function countOf(lists: EntryLists): number {
  return [...lists.values()].reduce((sum, { length }) => sum + length, 0);
}

/** Ids without any are left out; the order in which an import has them does not matter. */
function canonical(byId: VulnerabilitiesById): EntryLists {
  const result = new Map<string, readonly string[]>();
  for (const [id, vulnerabilities] of byId) {
    const entries = vulnerabilities.map(({ url, severity, range }) => JSON.stringify([url, severity, range]));
    if (entries.length > 0) result.set(foldCase(id), [...new Set(entries)].sort());
  }
  return result;
}

function parsed(entries: EntriesById): VulnerabilitiesById {
  return new Map([...entries].map(([id, text]) => [id, parsedEntries(text)]));
}

function parsedEntries(text: string): readonly Vulnerability[] {
  const entries = JSON.parse(text) as readonly [string, Vulnerability['severity'], string][];
  return entries.map(([url, severity, range]) => ({ url, severity, range }));
}

function areEqual(left: EntriesById, right: EntriesById): boolean {
  return left.size === right.size && [...left].every(([id, entries]) => right.get(id) === entries);
}

function countSources(connection: Connection, feedKey: number): number {
  return connection.number('SELECT count(*) FROM vulnerability_source WHERE feed_key = ?', feedKey);
}

function writeSource(connection: Connection, feedKey: number, told: VulnerabilitySource): number {
  connection.run(
    `INSERT INTO vulnerability_source (feed_key, name, updated, package_count, vulnerability_count) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (feed_key, name) DO UPDATE SET updated = excluded.updated, package_count = excluded.package_count,
       vulnerability_count = excluded.vulnerability_count`,
    feedKey,
    told.name,
    told.updated,
    told.packages,
    told.vulnerabilities,
  );
  return connection.number(
    'SELECT source_key FROM vulnerability_source WHERE feed_key = ? AND name = ?',
    feedKey,
    told.name,
  );
}

/** Only ids of which something else is said now: an import that is repeated every hour changes a few. */
function writeEntries(
  connection: Connection,
  { feedKey, sourceKey }: { readonly feedKey: number; readonly sourceKey: number },
  { before, after }: { readonly before: EntriesById; readonly after: EntriesById },
): void {
  const gone = [...before.keys()].filter((id) => !after.has(id));
  const changed = [...after].filter(([id, entries]) => before.get(id) !== entries);
  connection.run(
    `DELETE FROM vulnerability WHERE source_key = ? AND id_lower IN (SELECT value FROM json_each(?))`,
    sourceKey,
    JSON.stringify(gone),
  );
  connection.run(
    `INSERT OR REPLACE INTO vulnerability (feed_key, id_lower, source_key, entries)
     SELECT ?, value ->> 0, ?, value ->> 1 FROM json_each(?)`,
    feedKey,
    sourceKey,
    JSON.stringify(changed),
  );
}

function dropEmpty(connection: Connection, sourceKey: number): void {
  connection.run('DELETE FROM vulnerability_source WHERE source_key = ? AND package_count = 0', sourceKey);
}

function raiseRevision(connection: Connection, feedKey: number): void {
  connection.run('UPDATE feed SET revision = revision + 1 WHERE feed_key = ?', feedKey);
}

function sourceOf(row: Row): VulnerabilitySource {
  return {
    name: String(row.name),
    updated: String(row.updated),
    packages: Number(row.package_count),
    vulnerabilities: Number(row.vulnerability_count),
  };
}
