/**
 * Alerts in the forms of Alertmanager: as a client of its API sends them, and as its own webhook tells them on.
 *
 * Source: Prometheus Alertmanager, `api/v2/openapi.yaml`, `postableAlerts`; "Configuration", section "webhook_config", version 4.
 */
import { alertKey } from './alert-book.ts';
import type { AlertEvent } from './alert-book.ts';

/** For how long Alertmanager believes an alert of which it hears no more; it is told again in a third of that. */
export const ALERTMANAGER_HOLD_MS = 900_000;

export interface AlertOrigin {
  /** Of the status page. */
  readonly pageUrl: string;
  readonly title: string;
}

const iso = (atMs: number): string => new Date(atMs).toISOString();

function labelsOf({ alert: { finding } }: AlertEvent): Readonly<Record<string, string>> {
  return { alertname: finding.name, severity: finding.severity, subject: finding.subject };
}

function annotationsOf({ alert }: AlertEvent): Readonly<Record<string, string>> {
  return { summary: alert.finding.summary };
}

/** The body of `POST /api/v2/alerts`. The severity is a label: what escalates is a new alert there, and the milder one ends by itself. */
export function alertmanagerAlerts(event: AlertEvent, origin: AlertOrigin, nowMs: number): readonly unknown[] {
  const { kind, alert } = event;
  return [
    {
      labels: labelsOf(event),
      annotations: annotationsOf(event),
      startsAt: iso(alert.firedAtMs),
      endsAt: iso(kind === 'resolved' ? nowMs : nowMs + ALERTMANAGER_HOLD_MS),
      generatorURL: origin.pageUrl,
    },
  ];
}

/** FNV-1a of the labels, 64 bits, as Alertmanager's fingerprints are: stable, and nothing is read from it. */
function fingerprint(labels: Readonly<Record<string, string>>): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(JSON.stringify(Object.entries(labels).sort()))) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffff_ffff_ffff_ffffn;
  }
  return hash.toString(16).padStart(16, '0');
}

/** The body that Alertmanager posts to a webhook, version 4. */
export function alertmanagerWebhook(event: AlertEvent, origin: AlertOrigin, nowMs: number): unknown {
  const labels = labelsOf(event);
  const annotations = annotationsOf(event);
  const status = event.kind === 'resolved' ? 'resolved' : 'firing';
  return {
    version: '4',
    groupKey: alertKey(event.alert.finding),
    truncatedAlerts: 0,
    status,
    receiver: origin.title,
    groupLabels: { alertname: labels.alertname },
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: origin.pageUrl,
    alerts: [
      {
        status,
        labels,
        annotations,
        startsAt: iso(event.alert.firedAtMs),
        endsAt: status === 'resolved' ? iso(nowMs) : '0001-01-01T00:00:00Z',
        generatorURL: origin.pageUrl,
        fingerprint: fingerprint(labels),
      },
    ],
  };
}
