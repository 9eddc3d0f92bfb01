/**
 * When a source wants to be asked again.
 *
 * @param header - seconds, or an HTTP date.
 * @returns milliseconds; 0 when it says nothing that is understood.
 * Source: RFC 9110, section 10.2.3 "Retry-After".
 */
export function retryAfterMs(header: string | undefined, epochMs: number): number {
  const text = header?.trim() ?? '';
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1000;
  const date = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? 0 : Math.max(0, date - epochMs);
}
