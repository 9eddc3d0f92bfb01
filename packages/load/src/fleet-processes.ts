/**
 * The processes of a fleet on this machine, as its data folder tells: `processes.json`, which the supervisor writes. One whose id belongs to
 * another process by now is left out.
 *
 * Source: proc(5), `/proc/pid/stat`, field 22, and `/proc/sys/kernel/random/boot_id`.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { z } from 'zod';

const fileSchema = z.looseObject({
  processes: z.record(z.string(), z.looseObject({ id: z.number().int().min(2), start: z.string() })),
});

/** @returns process ids by instance; none without the file, or without `/proc`. */
export function processesOfFleet(dataFolder: string): ReadonlyMap<string, number> {
  try {
    const { processes } = fileSchema.parse(JSON.parse(readFileSync(path.join(dataFolder, 'processes.json'), 'utf8')));
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const running = Object.entries(processes).filter(([, { id, start }]) => start === `${boot} ${startTicksOf(id)}`);
    return new Map(running.map(([instance, { id }]) => [instance, id]));
  } catch {
    return new Map();
  }
}

/** Empty for a process that is not there. */
function startTicksOf(id: number): string {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
