/** The substring index anew, with pieces of six characters beside those of three. */
import type { Connection } from '../connection.ts';
import { refreshAllSubstrings } from '../substring-index.ts';

export function indexLongPieces(connection: Connection): void {
  connection.exec(`
    INSERT INTO package_substring (package_substring) VALUES ('delete-all');
    DELETE FROM package_substring_text;
  `);
  refreshAllSubstrings(connection);
}
