/** The status process goes on when its supervisor is killed: what a test of it has to end. Linux only, through /proc. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { eventually } from './eventually.ts';

const END_LIMIT_MS = 10_000;

/** @returns undefined when none runs on this data folder. */
export function statusProcessOf(data: string): number | undefined {
  try {
    const { processes } = JSON.parse(readFileSync(path.join(data, 'processes.json'), 'utf8')) as {
      readonly processes: Readonly<Record<string, { readonly id: number }>>;
    };
    const id = processes['status-1']?.id;
    const environment = id === undefined ? '' : readFileSync(`/proc/${id}/environ`, 'utf8');
    return environment.split('\0').includes(`FEEDFLEET_DATA_FOLDER=${data}`) ? id : undefined;
  } catch {
    return undefined;
  }
}

/** Ends it, if there is one. */
export async function endLeftStatus(data: string): Promise<void> {
  const id = statusProcessOf(data);
  if (id === undefined) return;
  process.kill(id, 'SIGKILL');
  const what = 'the status process is gone';
  await eventually({ what, limitMs: END_LIMIT_MS }, () => (statusProcessOf(data) === undefined ? true : undefined));
}
