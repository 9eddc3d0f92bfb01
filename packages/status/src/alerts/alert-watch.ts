/** Looks at the fleet for what operators have to know, and tells them once when it begins, when it gets worse and when it is over. */
import { ALERT_NAMES, ALERTMANAGER_HOLD_MS, settleAlerts } from '@feedfleet/alerting';
import type { AlertEvent, FiringAlert } from '@feedfleet/alerting';
import { verdictSchema } from '@feedfleet/status-model';
import type { StatusAlert, Verdict } from '@feedfleet/status-model';

import type { Notifier } from '../notices/notifier.ts';
import type { SeenSample, StatusContext } from '../part.ts';
import { AlertStore, threadOf } from './alert-store.ts';
import { findAlerts } from './find-alerts.ts';
import { LookTallies } from './look-tallies.ts';

/** What is told later than this says nothing of now, however rarely its observer looks, in milliseconds. */
const LONGEST_NEWS_MS = 60_000;
const words = { fired: 'Alert', escalated: 'Alert, worse', resolved: 'Resolved' };

export class AlertWatch {
  readonly #context: StatusContext;
  readonly #notifier: Notifier;
  readonly #store: AlertStore;
  readonly #tallies: LookTallies;
  readonly #listeningSince: number;
  readonly #looks = new LookCounts();
  #firing: readonly FiringAlert[];
  #refreshedAt: number;

  constructor(context: StatusContext, notifier: Notifier) {
    this.#context = context;
    this.#notifier = notifier;
    this.#store = new AlertStore(context.database);
    this.#tallies = new LookTallies(context.database);
    this.#listeningSince = context.clock.now();
    this.#firing = this.#store.firing();
    this.#refreshedAt = this.#listeningSince;
    declareMetrics(context, {
      firing: () => this.#firing,
      looks: this.#looks,
      listeningSince: new Date(this.#listeningSince).toISOString(),
    });
  }

  list(limit: number): readonly StatusAlert[] {
    return this.#store.list(limit);
  }

  /**
   * What observers saw. A look at what is being maintained says nothing; nor does one that is told when it holds no more: an observer
   * that had no network itself saw everything fail, and tells so when it is back.
   */
  saw(samples: readonly SeenSample[], isMaintained: (sample: SeenSample) => boolean): void {
    const now = this.#context.clock.now();
    const isNews = ({ at, holdMs }: SeenSample): boolean => at + Math.min(holdMs, LONGEST_NEWS_MS) > now;
    const counted = samples.filter(
      (sample) => sample.component.startsWith('family:') && isNews(sample) && !isMaintained(sample),
    );
    this.#tallies.add(counted);
    for (const { component, verdict } of counted) this.#looks.add(component.slice('family:'.length), verdict);
  }

  look(): void {
    const { clock, settings, database } = this.#context;
    const now = clock.now();
    const windows = new Map<number, ReturnType<LookTallies['within']>>();
    const tallyOf = (family: string, windowMs: number): { readonly good: number; readonly bad: number } => {
      const window = windows.get(windowMs) ?? this.#tallies.within(windowMs, now);
      windows.set(windowMs, window);
      return window.get(family) ?? { good: 0, bad: 0 };
    };
    const objective = settings.objectivePercent / 100;
    const report = this.#context.current();
    const findings = findAlerts({ report, tallyOf, objective, now, listeningSince: this.#listeningSince });
    const { firing, events } = settleAlerts(this.#firing, findings, now);
    database.transaction(() => {
      this.#store.save(firing, events, now);
      for (const event of events) this.#tell(event);
    });
    this.#firing = firing;
    this.#tallies.forget(now);
    this.#refresh(now);
  }

  /** Alertmanager forgets what it hears no more of. */
  #refresh(now: number): void {
    if (now - this.#refreshedAt < ALERTMANAGER_HOLD_MS / 3) return;
    this.#refreshedAt = now;
    this.#context.database.transaction(() => {
      for (const alert of this.#firing) this.#notify({ kind: 'fired', alert }, 'refreshed');
    });
  }

  #tell(event: AlertEvent): void {
    const { finding } = event.alert;
    const fields = {
      'feedfleet.alert': finding.name,
      'feedfleet.subject': finding.subject,
      severity: finding.severity,
    };
    if (event.kind === 'resolved') this.#context.log.info('alert resolved', fields);
    else this.#context.log.warn('alert fires', fields);
    this.#notify(event, event.kind);
  }

  #notify(event: AlertEvent, type: 'fired' | 'escalated' | 'resolved' | 'refreshed'): void {
    const { finding } = event.alert;
    const isOfFamily = finding.name === ALERT_NAMES.burn;
    this.#notifier.tell({
      topic: 'alerts',
      severity: finding.severity,
      families: isOfFamily ? [finding.subject] : [],
      thread: threadOf(event.alert),
      subject: `${this.#context.settings.pageTitle}: ${words[event.kind]} (${finding.severity}): ${finding.summary}`,
      text: `${finding.summary}\n\n${finding.name} of ${finding.subject}, severity ${finding.severity}.`,
      body: { type: `alert.${type}`, alert: event },
    });
  }
}

/** Looks since the start of the process. Each family has all verdicts from the beginning, or the first failure would not be a rise. */
class LookCounts {
  readonly #counts = new Map<string, Record<Verdict, number>>();

  add(family: string, verdict: Verdict): void {
    const counts = this.#counts.get(family) ?? { ok: 0, slow: 0, failed: 0 };
    counts[verdict] += 1;
    this.#counts.set(family, counts);
  }

  series(families: readonly string[]): readonly { labels: { family: string; verdict: Verdict }; value: number }[] {
    return families.flatMap((family) =>
      verdictSchema.options.map((verdict) => ({
        labels: { family, verdict },
        value: this.#counts.get(family)?.[verdict] ?? 0,
      })),
    );
  }
}

interface Measured {
  readonly firing: () => readonly FiringAlert[];
  readonly looks: LookCounts;
  /** ISO instant. */
  readonly listeningSince: string;
}

/** What the rule files in infra/prometheus read. */
function declareMetrics(context: StatusContext, { firing, looks, listeningSince }: Measured): void {
  const { metrics } = context;
  metrics.counter({
    name: 'feedfleet_status_looks_total',
    help: 'Looks of observers at each family, by what they saw (ok, slow, failed), without those during maintenance or told late.',
    labels: ['family', 'verdict'],
    collectEach: () => looks.series(context.fleet().families.map(({ id }) => id)),
  });
  const seconds = (instant: string): number => Date.parse(instant) / 1000;
  metrics.gauge({
    name: 'feedfleet_status_certificate_expiry_timestamp_seconds',
    help: 'When each certificate that observers saw served ends, in seconds since the epoch.',
    labels: ['where'],
    collectEach: () =>
      context.current().certificates.map(({ where, validTo }) => ({ labels: { where }, value: seconds(validTo) })),
  });
  metrics.gauge({
    name: 'feedfleet_status_observer_last_seen_timestamp_seconds',
    help: 'When each observer last reported, or was added if it never has, in seconds since the epoch.',
    labels: ['observer'],
    collectEach: () =>
      context.current().observers.map(({ name, lastSeenAt, addedAt }) => ({
        labels: { observer: name },
        value: seconds(lastSeenAt ?? addedAt ?? listeningSince),
      })),
  });
  metrics.gauge({
    name: 'feedfleet_status_alerts_firing',
    help: 'Alerts that fire, by severity.',
    labels: ['severity'],
    collectEach: () =>
      (['page', 'ticket'] as const).map((severity) => ({
        labels: { severity },
        value: firing().filter(({ finding }) => finding.severity === severity).length,
      })),
  });
}
