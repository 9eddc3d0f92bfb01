/** Figures as people read them. */

/** `0.25 ms`, `4.2 ms`, `420 ms`, `4.2 s`; a dash for nothing. */
export function latency(ms: number | null): string {
  if (ms === null || Number.isNaN(ms)) return '-';
  if (ms === 0) return '0 ms';
  if (ms < 1) return `${trimmed(ms, 2)} ms`;
  if (ms < 10) return `${trimmed(ms, 1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${trimmed(ms / 1000, 2)} s` : `${trimmed(ms / 1000, 1)} s`;
}

/** `45 MB`, in decimal units. */
export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const power = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  return `${trimmed(scaled, scaled < 10 ? 1 : 0)} ${units[power] ?? 'B'}`;
}

/** `12,345`. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `0.05 %`; never 0 for what is more, nor 100 for what is less. */
export function percent(share: number): string {
  if (Number.isNaN(share)) return '-';
  if (share <= 0 || share >= 1) return `${share <= 0 ? 0 : 100} %`;
  return `${trimmed(Math.min(99.99, Math.max(0.01, share * 100)), 2)} %`;
}

/** `15 s`, `1:30`, `1:02:03`. */
export function instant(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${trimmed(ms / 1000, ms % 1000 === 0 ? 0 : 1)} s`;
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

/** At most so many decimals, without zeros at the end. */
export function trimmed(value: number, decimals: number): string {
  return String(Number(value.toFixed(decimals)));
}
