/**
 * Which alerts fire. What is found at one look is held against what fired before: new findings fire, worse ones escalate, and what is
 * found no more resolves once it has stayed away for a while, so that a fault on the edge does not wake somebody twice.
 */
import type { Severity } from './burn-rates.ts';

/** For how long an alert goes on firing after it was last found. */
export const KEEP_FIRING_MS = 300_000;

/** Names of alerts, as Alertmanager and Prometheus show them too. */
export const ALERT_NAMES = {
  burn: 'FeedfleetErrorBudgetBurn',
  certificate: 'FeedfleetCertificateExpires',
  certificateProblem: 'FeedfleetCertificateProblem',
  observer: 'FeedfleetObserverSilent',
  observers: 'FeedfleetNobodyObserves',
  test: 'FeedfleetTest',
} as const;
export type AlertName = (typeof ALERT_NAMES)[keyof typeof ALERT_NAMES];

export interface Finding {
  readonly name: AlertName;
  /** What it is about: a family, a certificate's place, an observer. */
  readonly subject: string;
  readonly severity: Severity;
  /** Falls as it gets worse: days left, place of the rule. An alert with the same severity escalates when it falls by a step that tells. */
  readonly step: number;
  /** Whether a lower step is news by itself. */
  readonly tellsSteps: boolean;
  /** One sentence. */
  readonly summary: string;
}

export interface FiringAlert {
  readonly finding: Finding;
  readonly firedAtMs: number;
  readonly lastFoundAtMs: number;
}

export interface AlertEvent {
  readonly kind: 'fired' | 'escalated' | 'resolved';
  readonly alert: FiringAlert;
}

export interface Settled {
  readonly firing: readonly FiringAlert[];
  readonly events: readonly AlertEvent[];
}

/** Same for the same thing at every look. */
export const alertKey = ({ name, subject }: Pick<Finding, 'name' | 'subject'>): string => `${name}/${subject}`;

function isWorse(now: Finding, before: Finding): boolean {
  if (now.severity !== before.severity) return now.severity === 'page';
  return now.tellsSteps && now.step < before.step;
}

/** Of one alert, with what was found of it now. The worst that it was stays, until it resolves. */
function carriedOn(before: FiringAlert, found: Finding, nowMs: number): FiringAlert {
  const isMilder = before.finding.severity === 'page' && found.severity === 'ticket';
  return { ...before, finding: isMilder ? { ...found, severity: 'page' } : found, lastFoundAtMs: nowMs };
}

/** @param before - what fired after the look before. */
export function settleAlerts(before: readonly FiringAlert[], findings: readonly Finding[], nowMs: number): Settled {
  const known = new Map(before.map((alert) => [alertKey(alert.finding), alert]));
  const events: AlertEvent[] = [];
  const firing: FiringAlert[] = [];
  for (const finding of findings) {
    const old = known.get(alertKey(finding));
    known.delete(alertKey(finding));
    const alert =
      old === undefined ? { finding, firedAtMs: nowMs, lastFoundAtMs: nowMs } : carriedOn(old, finding, nowMs);
    if (old === undefined) events.push({ kind: 'fired', alert });
    else if (isWorse(finding, old.finding)) events.push({ kind: 'escalated', alert });
    firing.push(alert);
  }
  for (const alert of known.values()) {
    if (nowMs - alert.lastFoundAtMs < KEEP_FIRING_MS) firing.push(alert);
    else events.push({ kind: 'resolved', alert });
  }
  return { firing, events };
}
