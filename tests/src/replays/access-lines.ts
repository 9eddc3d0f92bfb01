/** Who asked whom, by the access log of the balancer: a query and all that is asked for it have one id. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface AccessLine {
  readonly id: string;
  readonly target: string;
  readonly class: string | null;
}

export interface AskedFor {
  /** Queries of clients. */
  readonly queries: number;
  /** How many requests were made for one query, and for how many queries that was so. */
  readonly requestsPerQuery: ReadonlyMap<number, number>;
}

/** @param dataFolder - of a fleet that has ended, so that all lines are written. */
export function readAccessLines(dataFolder: string): readonly AccessLine[] {
  const folder = path.join(dataFolder, 'logs');
  const files = readdirSync(folder).filter((name) => name.includes('.access.log'));
  return files.flatMap((name) =>
    readFileSync(path.join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AccessLine),
  );
}

const isFanOut = ({ class: kind }: AccessLine): boolean => kind?.startsWith('fan-out') === true;

/** Of the queries whose path begins with one of `paths`. */
export function askedFor(lines: readonly AccessLine[], paths: readonly string[]): AskedFor {
  const isMeant = ({ target }: AccessLine): boolean => paths.some((path) => target.startsWith(path));
  const queries = new Set(lines.filter((line) => !isFanOut(line) && isMeant(line)).map(({ id }) => id));
  const counts = new Map<string, number>([...queries].map((id) => [id, 0]));
  for (const line of lines)
    if (isFanOut(line) && counts.has(line.id)) counts.set(line.id, (counts.get(line.id) ?? 0) + 1);
  const requestsPerQuery = new Map<number, number>();
  for (const count of counts.values()) requestsPerQuery.set(count, (requestsPerQuery.get(count) ?? 0) + 1);
  return { queries: queries.size, requestsPerQuery };
}

/** The most requests that were made for one query whose path begins with one of `paths`, of whatever class. */
export function mostAskedFor(lines: readonly AccessLine[], paths: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const { id, target } of lines) {
    if (paths.some((path) => target.startsWith(path))) counts.set(id, (counts.get(id) ?? -1) + 1);
  }
  return [...counts.values()].reduce((most, count) => Math.max(most, count), 0);
}
