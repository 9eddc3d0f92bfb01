/** Sizes and durations as people write them: `250MB`, `90d`. */
import { ProblemError } from '@feedfleet/problems';

const bytesPerUnit: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KIB: 1024,
  MIB: 1024 ** 2,
  GIB: 1024 ** 3,
  TIB: 1024 ** 4,
};

const msPerUnit: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** @throws {ProblemError} `FF_USAGE` for anything but a whole number with an optional unit from B to TiB. */
export function parseSizeBytes(text: string): number {
  const match = /^(\d{1,15})\s*([A-Za-z]{0,3})$/.exec(text.trim());
  const unit = bytesPerUnit[(match?.[2] ?? '').toUpperCase() || 'B'];
  if (match === null || unit === undefined) {
    throw new ProblemError('usage', { detail: `expected a size such as 250MB or 64MiB, got "${text}"` });
  }
  return Number(match[1]) * unit;
}

/**
 * @param text - `90d`, `12h`, `30m`, `2w`, an ISO date or instant, or `never`.
 * @returns an ISO instant in UTC, or `null` for never.
 * @throws {ProblemError} `FF_USAGE` for anything else, and for a time that is not in the future.
 */
export function parseExpiry(text: string, nowMs: number): string | null {
  const expected = 'expected a time such as 90d, 12h, 2w, 2027-01-31 or never';
  if (text === 'never') return null;
  const match = /^(\d{1,5})([mhdw])$/.exec(text);
  const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text);
  if (match === null && !iso) throw new ProblemError('usage', { detail: `${expected}, got "${text}"` });
  const atMs = match === null ? Date.parse(text) : nowMs + Number(match[1]) * (msPerUnit[match[2] ?? ''] ?? 0);
  // Date.parse takes February 31 for March 3.
  const exists = !Number.isNaN(atMs) && (!iso || new Date(atMs).toISOString().startsWith(text.slice(0, 10)));
  if (!exists) throw new ProblemError('usage', { detail: `${expected}, got "${text}"` });
  if (atMs <= nowMs) throw new ProblemError('usage', { detail: `expected a time in the future, got "${text}"` });
  return new Date(atMs).toISOString();
}

/** @returns for example `1.5 MB`, in decimal units, as disks and registries count. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? 'B'}`;
}
