/** Who depends on whom inside a feed, kept in step with its versions. */
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { Connection } from './connection.ts';

/** Each range once, however many frameworks name it. */
export function addDependencies(
  connection: Connection,
  version: { readonly feedKey: number; readonly versionKey: number },
  { dependencyGroups }: Pick<PackageMetadata, 'dependencyGroups'>,
): void {
  for (const { id, range } of dependencyGroups.flatMap((group) => group.dependencies)) {
    connection.run(
      'INSERT OR IGNORE INTO dependency (feed_key, id_lower, version_key, range) VALUES (?, ?, ?, ?)',
      version.feedKey,
      id.toLowerCase(),
      version.versionKey,
      range,
    );
  }
}

export function removeDependencies(connection: Connection, versionKey: number): void {
  connection.run('DELETE FROM dependency WHERE version_key = ?', versionKey);
}
