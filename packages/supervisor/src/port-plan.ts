/**
 * Which port each process listens on. Ports are kept over restarts, so that the last snapshot stays right.
 *
 * Free ones are looked for below the range that the system takes the ports of outgoing connections from, since one of
 * those could sit on a kept port just when a process comes back.
 *
 * Source: Linux, `ip-sysctl`, `ip_local_port_range` (32768 to 60999).
 */

export interface PortSearch {
  readonly isFree: (port: number) => Promise<boolean>;
  /** From 0 up to 1, without 1. */
  readonly random: () => number;
}

export const LOWEST_PORT = 21_000;
export const HIGHEST_PORT = 31_999;
const MAX_TRIES = 200;

/**
 * @param kept - the port of the last time, if there is one.
 * @param given - ports of other processes, which are not free even while nothing listens there.
 * @returns `kept` when it can be had again, else another; `undefined` when none was found.
 */
export async function choosePort(
  kept: number | undefined,
  given: ReadonlySet<number>,
  { isFree, random }: PortSearch,
): Promise<number | undefined> {
  if (kept !== undefined && !given.has(kept) && (await isFree(kept))) return kept;
  const count = HIGHEST_PORT - LOWEST_PORT + 1;
  const start = Math.floor(random() * count);
  for (let tried = 0; tried < MAX_TRIES; tried += 1) {
    const port = LOWEST_PORT + ((start + tried) % count);
    if (!given.has(port) && (await isFree(port))) return port;
  }
  return undefined;
}
