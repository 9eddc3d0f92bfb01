/**
 * What is no longer needed goes: samples after 8 days, hours after 400, instances that nobody looked at for as long. Days stay.
 *
 * A little at a time, so that no request waits.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

import { HOUR_MS } from '@feedfleet/uptime';

import type { StatusDatabase } from '../storage/status-database.ts';
import { HOURS_KEPT_MS, RAW_KEPT_MS } from './accounting.ts';
import type { SampleStore } from './sample-store.ts';

const rowsATurn = 2000;

/** @returns whether something may be left. */
function removeSome(database: StatusDatabase, key: number, now: number): boolean {
  const samples = database.run(
    `DELETE FROM sample WHERE (component_key, at, observer_key) IN
       (SELECT component_key, at, observer_key FROM sample WHERE component_key = ? AND at < ? LIMIT ?)`,
    key,
    now - RAW_KEPT_MS,
    rowsATurn,
  );
  const oldestHour = Math.floor((now - HOURS_KEPT_MS) / HOUR_MS);
  database.run('DELETE FROM hour_sum WHERE component_key = ? AND hour < ?', key, oldestHour);
  return samples === rowsATurn;
}

function isForgotten(database: StatusDatabase, key: number): boolean {
  const found = database.get(
    `SELECT 1 AS found FROM hour_sum WHERE component_key = ?1
     UNION ALL SELECT 1 FROM sample WHERE component_key = ?1 LIMIT 1`,
    key,
  );
  return found === undefined;
}

/** @param now - milliseconds since the epoch. @returns the components that were forgotten. */
export async function removeOld(
  { database, samples }: { readonly database: StatusDatabase; readonly samples: SampleStore },
  now: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const forgotten: string[] = [];
  for (const [key, { name }] of samples.components()) {
    while (!signal.aborted && database.quickTransaction(() => removeSome(database, key, now))) await nextTurn();
    if (signal.aborted) break;
    if (name.startsWith('instance:') && isForgotten(database, key)) {
      samples.forget(name);
      forgotten.push(name);
    }
    await nextTurn();
  }
  return forgotten;
}
