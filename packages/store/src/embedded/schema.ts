/**
 * The schema of the embedded store as forward-only migrations: number N brings `user_version` from N - 1 to N, inside one write
 * transaction. Each has a file of its own in `migrations/`.
 */
import type { Connection } from './connection.ts';
import { addAdvisories } from './migrations/add-advisories.ts';
import { addRetention } from './migrations/add-retention.ts';
import { addSourceCopies } from './migrations/add-source-copies.ts';
import { addSourcePins } from './migrations/add-source-pins.ts';
import { claimRemovals } from './migrations/claim-removals.ts';
import { countDownloads } from './migrations/count-downloads.ts';
import { countSymbols } from './migrations/count-symbols.ts';
import { createTables } from './migrations/create-tables.ts';
import { indexLongPieces } from './migrations/index-long-pieces.ts';
import { indexVersionsForScans } from './migrations/index-versions-for-scans.ts';
import { createSymbols } from './migrations/create-symbols.ts';
import { numberCatalog } from './migrations/number-catalog.ts';
import { keepReplacedFiles } from './migrations/keep-replaced-files.ts';
import { searchDocuments } from './migrations/search-documents.ts';

export type Migration = (connection: Connection) => void;

/** Oldest first. Entries are never changed once released; a new one is put at the end. */
export const migrations: readonly Migration[] = [
  createTables,
  numberCatalog,
  addRetention,
  addAdvisories,
  indexVersionsForScans,
  keepReplacedFiles,
  countDownloads,
  createSymbols,
  searchDocuments,
  countSymbols,
  addSourcePins,
  addSourceCopies,
  indexLongPieces,
  claimRemovals,
];
