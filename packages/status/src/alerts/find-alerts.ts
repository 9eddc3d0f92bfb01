/** What is found at one look at the fleet that operators have to know. */
import {
  ALERT_NAMES,
  BURN_RULES,
  burnRate,
  certificateSeverity,
  certificateStep,
  isBurning,
  silentObservers,
} from '@feedfleet/alerting';
import type { Finding, Tally } from '@feedfleet/alerting';
import type { Certificate, StatusReport } from '@feedfleet/status-model';

export interface AlertQuestion {
  readonly report: Pick<StatusReport, 'families' | 'certificates' | 'observers'>;
  readonly tallyOf: (family: string, windowMs: number) => Tally;
  /** From 0 to 1. */
  readonly objective: number;
  readonly now: number;
  /** Since when the process hears observers. */
  readonly listeningSince: number;
}

function burnFindings({ report, tallyOf, objective }: AlertQuestion): readonly Finding[] {
  return report.families.flatMap(({ id, title }): readonly Finding[] => {
    const at = BURN_RULES.findIndex((rule) => isBurning(rule, objective, (windowMs) => tallyOf(id, windowMs)));
    const rule = BURN_RULES[at];
    if (rule === undefined) return [];
    const rate = burnRate(tallyOf(id, rule.longMs), objective);
    const hours = rule.longMs / 3_600_000;
    const summary = `${title} fails ${rate.toFixed(1)} times as often as its objective of ${objective * 100} % allows, over ${hours} h.`;
    return [{ name: ALERT_NAMES.burn, subject: id, severity: rule.severity, step: at, tellsSteps: false, summary }];
  });
}

function certificateFindings({ where, validTo, problem }: Certificate, now: number): readonly Finding[] {
  const step = certificateStep(Date.parse(validTo), now);
  const found: Finding[] = [];
  if (step !== undefined) {
    const ends =
      step === 0 ? `has ended on ${validTo}` : `ends within ${step} ${step === 1 ? 'day' : 'days'}, on ${validTo}`;
    const summary = `The certificate of ${where} ${ends}.`;
    const severity = certificateSeverity(step);
    found.push({ name: ALERT_NAMES.certificate, subject: where, severity, step, tellsSteps: true, summary });
  }
  // One that has ended is told of already.
  if (problem !== null && step !== 0) {
    const summary = `The certificate of ${where} is not good: ${problem}.`;
    const name = ALERT_NAMES.certificateProblem;
    found.push({ name, subject: where, severity: 'ticket', step: 0, tellsSteps: false, summary });
  }
  return found;
}

function observerFindings({ report, now, listeningSince }: AlertQuestion): readonly Finding[] {
  const observers = report.observers.map(({ name, lastSeenAt, addedAt }) => {
    const awaitedSince = lastSeenAt ?? addedAt ?? null;
    return { name, awaitedSinceMs: awaitedSince === null ? null : Date.parse(awaitedSince) };
  });
  const { names, all } = silentObservers(observers, now, listeningSince);
  const common = { step: 0, tellsSteps: false };
  const each = names.map((name): Finding => ({
    ...common,
    name: ALERT_NAMES.observer,
    subject: name,
    severity: 'ticket',
    summary: `The observer ${name} is silent.`,
  }));
  if (!all) return each;
  const summary = 'No observer looks at the fleet: nobody knows how it is.';
  return [...each, { ...common, name: ALERT_NAMES.observers, subject: 'observers', severity: 'page', summary }];
}

export function findAlerts(question: AlertQuestion): readonly Finding[] {
  const { report, now } = question;
  return [
    ...burnFindings(question),
    ...report.certificates.flatMap((certificate) => certificateFindings(certificate, now)),
    ...observerFindings(question),
  ];
}
