/** Words of sources about ids. Each function that writes runs inside a write transaction. */
import { MAX_NEGATIVE_DOCUMENTS, MAX_SOURCE_DOCUMENTS } from '../source-copies.ts';
import type { NewSourceDocument, SourceDocument } from '../source-copies.ts';
import type { Connection } from './connection.ts';
import { foldCase } from './version-writer.ts';

export function readDocuments(
  reader: Connection,
  sourceKey: number,
  ids: readonly string[],
): readonly (readonly [string, SourceDocument])[] {
  const rows = reader.all(
    `SELECT d.id_lower, d.told_ms, d.tag, d.content FROM json_each(?) AS asked CROSS JOIN source_document d
     ON d.source_key = ? AND d.id_lower = asked.value`,
    JSON.stringify(ids.map(foldCase)),
    sourceKey,
  );
  return rows.map((row) => {
    const { buffer, byteOffset, byteLength } = row.content as Uint8Array<ArrayBuffer>;
    const content = Buffer.from(buffer, byteOffset, byteLength);
    return [String(row.id_lower), { content, tag: String(row.tag), toldMs: Number(row.told_ms) }];
  });
}

export function writeDocument(connection: Connection, sourceKey: number, document: NewSourceDocument): void {
  const idLower = foldCase(document.id);
  forgetDocument(connection, sourceKey, idLower);
  makeRoom(connection, sourceKey, document.isNegative);
  connection.run(
    `INSERT INTO source_document (source_key, id_lower, is_negative, told_ms, tag, content) VALUES (?, ?, ?, ?, ?, ?)`,
    ...[sourceKey, idLower, document.isNegative ? 1 : 0, document.toldMs, document.tag, document.content],
  );
  count(connection, sourceKey, document.isNegative, 1);
}

function forgetDocument(connection: Connection, sourceKey: number, idLower: string): void {
  const former = connection.get(
    'SELECT document_key, is_negative FROM source_document WHERE source_key = ? AND id_lower = ?',
    sourceKey,
    idLower,
  );
  if (former === undefined) return;
  connection.run('DELETE FROM source_document WHERE document_key = ?', Number(former.document_key));
  count(connection, sourceKey, former.is_negative === 1, -1);
}

/** The oldest go. */
function makeRoom(connection: Connection, sourceKey: number, isNegative: boolean): void {
  const [column, most] = isNegative
    ? ['negative_documents', MAX_NEGATIVE_DOCUMENTS]
    : ['documents', MAX_SOURCE_DOCUMENTS];
  const had = connection.number(`SELECT ${column} FROM copied_source WHERE source_key = ?`, sourceKey);
  if (had < most) return;
  const { changes } = connection.run(
    `DELETE FROM source_document WHERE document_key IN (SELECT document_key FROM source_document INDEXED BY source_document_by_age
       WHERE source_key = ? AND is_negative = ? ORDER BY told_ms LIMIT ?)`,
    ...[sourceKey, isNegative ? 1 : 0, had - most + 1],
  );
  count(connection, sourceKey, isNegative, -changes);
}

function count(connection: Connection, sourceKey: number, isNegative: boolean, change: number): void {
  const column = isNegative ? 'negative_documents' : 'documents';
  connection.run(`UPDATE copied_source SET ${column} = ${column} + ? WHERE source_key = ?`, change, sourceKey);
}
