/**
 * What was deleted for good a moment ago, so that a `DELETE` which a client repeats, because it did not see the first answer,
 * succeeds again instead of telling that there is no such package.
 */
import type { Feed } from '@feedfleet/registry-client';

interface DeletedVersion {
  readonly feed: Pick<Feed, 'id'>;
  readonly id: string;
  readonly normalizedVersion: string;
}

const MAX_REMEMBERED = 1000;

export class RecentDeletions {
  /** The oldest first. */
  readonly #keys = new Set<string>();

  add(deleted: DeletedVersion): void {
    const key = keyOf(deleted);
    this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#keys;
    if (oldest !== undefined) this.#keys.delete(oldest);
  }

  has(deleted: DeletedVersion): boolean {
    return this.#keys.has(keyOf(deleted));
  }
}

function keyOf({ feed, id, normalizedVersion }: DeletedVersion): string {
  return `${feed.id}\n${id}\n${normalizedVersion}`.toLowerCase();
}
