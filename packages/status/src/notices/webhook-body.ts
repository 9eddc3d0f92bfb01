/**
 * What a webhook gets, and how it is signed.
 *
 * Source: Standard Webhooks, "Payload structure", "Webhook metadata", "Signature scheme" (symmetric).
 */
import { createHmac } from 'node:crypto';

import { ALERT_NAMES, alertmanagerAlerts, alertmanagerWebhook } from '@feedfleet/alerting';
import type { AlertOrigin } from '@feedfleet/alerting';

import type { SentNotice } from './notice.ts';
import type { StoredSubscriber } from './subscriber-store.ts';

export interface WebhookMessage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** @param secret - `whsec_` and base64. */
function signature(
  secret: string,
  { id, timestamp, body }: Readonly<Record<'id' | 'timestamp' | 'body', string>>,
): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

function ownForm({ at, body: { type, ...data }, subject, text }: SentNotice, { pageUrl }: AlertOrigin): unknown {
  return { type, timestamp: new Date(at).toISOString(), data: { subject, text, pageUrl, ...data } };
}

function signed(subscriber: StoredSubscriber, id: string, body: string, now: number): WebhookMessage {
  const timestamp = String(Math.floor(now / 1000));
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature(subscriber.secret, { id, timestamp, body }),
  };
  return { url: subscriber.target, headers, body };
}

function alertsUrl(target: string): string {
  const url = new URL(target);
  if (!url.pathname.endsWith('/api/v2/alerts')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v2/alerts`;
  return url.href;
}

/** @param id - the same for every attempt. @param now - milliseconds since the epoch. */
export function webhookMessage(
  subscriber: StoredSubscriber,
  { notice, id, origin, now }: { notice: SentNotice; id: string; origin: AlertOrigin; now: number },
): WebhookMessage {
  const { body } = notice;
  if (subscriber.channel === 'webhook') return signed(subscriber, id, JSON.stringify(ownForm(notice, origin)), now);
  const event = 'alert' in body ? body.alert : testEvent(now);
  return subscriber.channel === 'alertmanager'
    ? { url: alertsUrl(subscriber.target), headers: {}, body: JSON.stringify(alertmanagerAlerts(event, origin, now)) }
    : { url: subscriber.target, headers: {}, body: JSON.stringify(alertmanagerWebhook(event, origin, now)) };
}

/** An alert that is over as it is told: it shows that the way is open and wakes nobody for long. */
function testEvent(now: number): Parameters<typeof alertmanagerAlerts>[0] {
  const summary = 'This is a test: alerts of the status page arrive here.';
  const finding = {
    name: ALERT_NAMES.test,
    subject: 'test',
    severity: 'ticket',
    step: 0,
    tellsSteps: false,
    summary,
  } as const;
  return { kind: 'resolved', alert: { finding, firedAtMs: now - 60_000, lastFoundAtMs: now } };
}
