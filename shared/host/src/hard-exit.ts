/** When a process that was told to end and does not is ended hard: never before its own drain may be over. */

/** At the least, and where the settings say nothing that can be used, in milliseconds. */
const LEAST_MS = 30_000;
/** What closing stores and connections may take after the requests, in milliseconds. */
const GRACE_MS = 5_000;

/**
 * Reads the text itself, since a process may be told to end before its settings were read.
 *
 * @returns milliseconds from the request to end.
 */
export function hardExitMsOf(environment: Readonly<Record<string, string | undefined>>): number {
  const drainMs = numberOf(environment.FEEDFLEET_DRAIN_MS) + numberOf(environment.FEEDFLEET_DRAIN_DELAY_MS);
  return Math.max(LEAST_MS, drainMs + GRACE_MS);
}

function numberOf(text: string | undefined): number {
  const value = Number(text ?? 0);
  return Number.isFinite(value) ? value : 0;
}
