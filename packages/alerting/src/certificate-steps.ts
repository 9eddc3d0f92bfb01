/** Days before the end of a certificate on which it is told of, once each. */
import type { Severity } from './burn-rates.ts';

const DAY_MS = 86_400_000;

/** Far ones first. */
export const CERTIFICATE_STEPS_DAYS: readonly number[] = [30, 21, 14, 7, 3, 1];
/** From this step on it cannot wait for working hours. */
const PAGE_FROM_DAYS = 7;

/** @returns the nearest step that was reached; 0 once the certificate has ended, `undefined` while there is more time. */
export function certificateStep(validToMs: number, nowMs: number): number | undefined {
  const days = (validToMs - nowMs) / DAY_MS;
  return days <= 0 ? 0 : CERTIFICATE_STEPS_DAYS.findLast((step) => days <= step);
}

export function certificateSeverity(stepDays: number): Severity {
  return stepDays <= PAGE_FROM_DAYS ? 'page' : 'ticket';
}
