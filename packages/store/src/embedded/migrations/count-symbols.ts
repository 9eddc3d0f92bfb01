import type { Connection } from '../connection.ts';

/** The bytes of a feed are those of its packages and of their symbols. */
export function countSymbols(connection: Connection): void {
  connection.exec(`
    UPDATE feed SET byte_count = byte_count + (
      SELECT COALESCE(SUM(s.size_bytes), 0)
      FROM symbol_package s
      JOIN package_version v ON v.version_key = s.version_key
      JOIN package p ON p.package_key = v.package_key
      WHERE p.feed_key = feed.feed_key
    )`);
}
