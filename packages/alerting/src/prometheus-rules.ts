/**
 * The same rules for a Prometheus that scrapes the fleet, as a rule file. It is made of the constants that the status process judges by.
 *
 * Source: Prometheus, "Recording rules", "Alerting rules"; `keep_firing_for` since 2.42.
 */
import { ALERT_NAMES, KEEP_FIRING_MS } from './alert-book.ts';
import { BURN_RULES, BURN_WINDOWS_MS, DEFAULT_OBJECTIVE, MIN_BAD } from './burn-rates.ts';
import type { BurnRule } from './burn-rates.ts';
import { CERTIFICATE_STEPS_DAYS, certificateSeverity } from './certificate-steps.ts';
import { DEAD_MAN_MS } from './dead-man.ts';

/** Two sets of the same kind of series: what observers saw, and what the balancer answered. */
interface Series {
  readonly id: 'looks' | 'requests';
  readonly all: string;
  readonly bad: string;
  readonly words: string;
}

interface Rule {
  readonly fields: readonly (readonly [string, string])[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary?: string;
}

export interface PrometheusMetrics {
  /** Counter with `family` and `verdict` (`ok`, `slow`, `failed`). */
  readonly looks: string;
  /** Counter with `family`, of all requests. */
  readonly requests: string;
  /** Counter with `family`, of those that the fleet failed, however it did. */
  readonly failedRequests: string;
  /** Gauges: seconds since the epoch. */
  readonly certificateExpiry: readonly string[];
  readonly observerLastSeen: string;
}

function durationOf(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes % 1440 === 0) return `${minutes / 1440}d`;
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}

const ratioName = (series: Series, windowMs: number): string =>
  `feedfleet:${series.id}_bad_ratio:rate${durationOf(windowMs)}`;

function ratioRule(series: Series, windowMs: number): Rule {
  const window = durationOf(windowMs);
  const rate = (selector: string): string => `sum by (family) (rate(${selector}[${window}]))`;
  return {
    fields: [
      ['record', ratioName(series, windowMs)],
      ['expr', `${rate(series.bad)} / ${rate(series.all)}`],
    ],
  };
}

function burnAlert(series: Series, rule: BurnRule): Rule {
  const [long, short] = [durationOf(rule.longMs), durationOf(rule.shortMs)];
  // As written by hand: 14.4 * (1 - 0.999) in floating point has a tail.
  const limit = `${rule.rate} * ${Number((1 - DEFAULT_OBJECTIVE).toPrecision(6))}`;
  const expr = [
    `${ratioName(series, rule.longMs)} > ${limit}`,
    `and ${ratioName(series, rule.shortMs)} > ${limit}`,
    `and sum by (family) (increase(${series.bad}[${long}])) >= ${MIN_BAD}`,
  ].join(' ');
  return {
    fields: [
      ['alert', ALERT_NAMES.burn],
      ['expr', expr],
      ['keep_firing_for', durationOf(KEEP_FIRING_MS)],
    ],
    labels: { severity: rule.severity, rule: rule.id, by: series.id },
    summary: `{{ $labels.family }} fails more than ${rule.rate} times as ${series.words} as its objective allows, over ${long} and ${short}.`,
  };
}

function certificateAlerts(metrics: readonly string[]): readonly Rule[] {
  const left = `((${metrics.join(' or ')}) - time()) / 86400`;
  const steps = [...CERTIFICATE_STEPS_DAYS, 0];
  return steps.map((days, at) => {
    const next = steps[at + 1];
    const ends = days === 0 ? 'has ended' : `ends within ${days} ${days === 1 ? 'day' : 'days'}`;
    return {
      fields: [
        ['alert', ALERT_NAMES.certificate],
        ['expr', next === undefined ? `${left} <= ${days}` : `${left} <= ${days} > ${next}`],
      ],
      labels: { severity: certificateSeverity(days), days: String(days) },
      summary: `The certificate of {{ or $labels.where $labels.name }} ${ends}.`,
    };
  });
}

function deadManAlerts(metric: string): readonly Rule[] {
  const limit = DEAD_MAN_MS / 1_000;
  return [
    {
      fields: [
        ['alert', ALERT_NAMES.observer],
        ['expr', `time() - ${metric} > ${limit}`],
      ],
      labels: { severity: 'ticket' },
      summary: `The observer {{ $labels.observer }} has been silent for more than ${durationOf(DEAD_MAN_MS)}.`,
    },
    {
      fields: [
        ['alert', ALERT_NAMES.observers],
        ['expr', `min(time() - ${metric}) > ${limit} or absent(${metric})`],
        ['for', '1m'],
      ],
      labels: { severity: 'page' },
      summary: 'No observer looks at the fleet, or the status process is gone.',
    },
  ];
}

/** In single quotes, where a doubled one stands for itself. */
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function renderRule({ fields, labels, summary }: Rule): string {
  const lines = fields.map(([name, value]) => `${name}: ${name === 'expr' ? quoted(value) : value}`);
  if (labels !== undefined) {
    lines.push('labels:', ...Object.entries(labels).map(([name, value]) => `  ${name}: ${quoted(value)}`));
  }
  if (summary !== undefined) lines.push('annotations:', `  summary: ${quoted(summary)}`);
  return lines.map((line, at) => `      ${at === 0 ? '- ' : '  '}${line}\n`).join('');
}

function renderGroup(name: string, rules: readonly Rule[]): string {
  return `  - name: ${name}\n    rules:\n${rules.map(renderRule).join('')}`;
}

export function prometheusRules(metrics: PrometheusMetrics): string {
  const all: readonly Series[] = [
    { id: 'looks', all: metrics.looks, bad: `${metrics.looks}{verdict="failed"}`, words: 'often' },
    { id: 'requests', all: metrics.requests, bad: metrics.failedRequests, words: 'many requests' },
  ];
  const groups = all.map((series) =>
    renderGroup(`feedfleet-burn-${series.id}`, [
      ...BURN_WINDOWS_MS.map((windowMs) => ratioRule(series, windowMs)),
      ...BURN_RULES.map((rule) => burnAlert(series, rule)),
    ]),
  );
  groups.push(renderGroup('feedfleet-certificates', certificateAlerts(metrics.certificateExpiry)));
  groups.push(renderGroup('feedfleet-observers', deadManAlerts(metrics.observerLastSeen)));
  return `groups:\n${groups.join('')}`;
}
