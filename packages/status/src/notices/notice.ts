/** What subscribers are told, before it takes the form of a channel. */
import type { AlertEvent, Severity } from '@feedfleet/alerting';
import type { Incident, Maintenance, Message, Topic } from '@feedfleet/status-model';

type Body =
  | { readonly type: `incident.${'opened' | 'updated' | 'reopened' | 'closed'}`; readonly incident: Incident }
  | { readonly type: `maintenance.${'planned' | 'started' | 'ended' | 'cancelled'}`; readonly maintenance: Maintenance }
  | { readonly type: 'message.posted'; readonly message: Message }
  | { readonly type: `alert.${'fired' | 'escalated' | 'resolved' | 'refreshed'}`; readonly alert: AlertEvent }
  | { readonly type: 'test' };

export interface Notice {
  readonly topic: Topic;
  /** Of alerts. */
  readonly severity: Severity | null;
  /** Empty: it concerns everybody. */
  readonly families: readonly string[];
  /** Names what belongs together: an incident, an alert. */
  readonly thread: string;
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly body: Body;
}

/** A notice that is on its way. */
export interface SentNotice extends Notice {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
