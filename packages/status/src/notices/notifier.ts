/** The one way by which the parts tell subscribers. */
import type { AlertOrigin } from '@feedfleet/alerting';
import { ProblemError } from '@feedfleet/problems';
import type { TestDelivery } from '@feedfleet/status-model';

import type { StatusContext } from '../part.ts';
import { Courier } from './courier.ts';
import { DeliveryStore } from './delivery-store.ts';
import type { Notice, SentNotice } from './notice.ts';
import { MailSender } from './send-mail.ts';
import { sendWebhook } from './send-webhook.ts';
import { SubscriberStore } from './subscriber-store.ts';
import type { StoredSubscriber } from './subscriber-store.ts';
import { webhookMessage } from './webhook-body.ts';

const test: Notice = {
  topic: 'incidents',
  severity: null,
  families: [],
  thread: 'test',
  subject: 'A test of the status page',
  text: 'This is a test: what the status page tells arrives here.',
  body: { type: 'test' },
};

export class Notifier {
  readonly subscribers: SubscriberStore;
  readonly deliveries: DeliveryStore;
  readonly #context: StatusContext;
  readonly #mail: MailSender;
  readonly #courier: Courier;

  constructor(context: StatusContext) {
    const { database, clock, random, log, metrics, settings } = context;
    const { smtpUrl, mailFrom } = settings;
    this.#context = context;
    this.subscribers = new SubscriberStore(database);
    this.deliveries = new DeliveryStore(database);
    this.#mail = new MailSender(
      smtpUrl === undefined || mailFrom === undefined ? undefined : { smtpUrl, from: mailFrom },
    );
    const { subscribers, deliveries } = this;
    const send = this.#send.bind(this);
    this.#courier = new Courier({ deliveries, subscribers, send, clock, random, log, metrics });
  }

  /** Whether there is a server for mail. */
  get canMail(): boolean {
    return this.#mail.isSet;
  }

  /** In the transaction of what it tells of. */
  tell(notice: Notice): void {
    const who = this.subscribers.whoWants(notice).map(({ id }) => id);
    this.deliveries.add(notice, who, this.#context.clock.now());
    // Not before the transaction has ended.
    if (who.length > 0) setImmediate(() => this.#courier.wake());
  }

  /** Sends a test at once, whatever waits. @throws {ProblemError} `FF_NO_SUCH_ENTITY`. */
  async test(id: string, signal: AbortSignal): Promise<TestDelivery> {
    const subscriber = this.subscribers.find(id);
    if (subscriber === undefined) throw new ProblemError('noSuchEntity', { detail: `no subscriber ${id}` });
    const { id: delivery, sent } = this.deliveries.addSent(test, id, this.#context.clock.now());
    let problem: string | null = null;
    try {
      await this.#send(subscriber, sent, `delivery-${delivery}`, signal);
    } catch (error) {
      problem = (error as Error).message;
    }
    this.deliveries.told(delivery, problem);
    return { isSent: problem === null, problem };
  }

  start(): void {
    this.#courier.start();
  }

  stop(): Promise<void> {
    return this.#courier.stop();
  }

  async #send(subscriber: StoredSubscriber, notice: SentNotice, id: string, signal: AbortSignal): Promise<void> {
    const { pageUrl, title } = this.#context.current();
    const origin: AlertOrigin = { pageUrl, title };
    if (subscriber.channel === 'email') {
      const leavingUrl = `${pageUrl.replace(/\/+$/, '')}/leave/${subscriber.leaving}`;
      await this.#mail.send({ to: subscriber.target, notice, id, leavingUrl, pageUrl });
      return;
    }
    const message = webhookMessage(subscriber, { notice, id, origin, now: this.#context.clock.now() });
    await sendWebhook(message, { allowPrivateAddresses: subscriber.allowPrivateAddresses, signal });
  }
}
