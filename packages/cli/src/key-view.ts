/** How API keys look: never the key itself, which nobody has, and not its hash, which helps nobody. */
import type { Feed, KeySummary } from '@feedfleet/registry-client';

import { renderTable } from './table.ts';

export interface KeyView {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  /** Names of feeds; a feed that is gone by its id. */
  readonly feeds: 'all' | readonly string[];
  readonly scopes: KeySummary['scopes'];
  readonly packages: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly state: 'valid' | 'expired';
}

/** What is shown of a key. A key expires at the instant that it names. */
export function keyViewOf(key: KeySummary, feeds: readonly Feed[], nowMs: number): KeyView {
  const names = new Map(feeds.map(({ id, name }) => [id, name]));
  return {
    id: key.id,
    name: key.name,
    owner: key.owner,
    feeds: key.feeds === 'all' ? 'all' : key.feeds.map((id) => names.get(id) ?? id),
    scopes: key.scopes,
    packages: key.packageGlobs,
    createdAt: key.createdAt,
    expiresAt: key.expiresAt,
    lastUsedAt: key.lastUsedAt,
    state: key.expiresAt !== null && Date.parse(key.expiresAt) <= nowMs ? 'expired' : 'valid',
  };
}

export function renderKeys(keys: readonly KeyView[]): string {
  if (keys.length === 0) return 'No keys.\n';
  return renderTable(
    ['ID', 'NAME', 'SCOPES', 'FEEDS', 'PACKAGES', 'EXPIRES', 'LAST USED', 'STATE'],
    keys.map(({ id, name, scopes, feeds, packages, expiresAt, lastUsedAt, state }) => [
      id,
      name,
      scopes.join(','),
      feeds === 'all' ? 'all' : feeds.join(','),
      packages.join(','),
      expiresAt ?? 'never',
      lastUsedAt ?? 'never',
      state,
    ]),
  );
}
