/** For tests: an operator of a status process whose time stands still, and a receiver of its webhooks. */
import request from 'supertest';
import { createdSubscriberSchema, deliverySchema } from '@feedfleet/status-model';
import type { Delivery, NewSubscriber, Verdict } from '@feedfleet/status-model';
import { z } from 'zod';

import { ManualClock } from '../manual-clock.ts';
import { WebhookReceiver } from '../notices/webhook-receiver.ts';
import { openStatusUnderTest, operatorToken } from '../status-under-test.ts';
import type { StatusUnderTest } from '../status-under-test.ts';
import { incidentsPart } from './incidents-part.ts';

type Method = 'get' | 'post' | 'patch' | 'delete';

export interface OperatorUnderTest {
  /** At noon. */
  readonly clock: ManualClock;
  readonly status: StatusUnderTest;
  readonly receiver: WebhookReceiver;
  /** @throws {Error} for a refusal. */
  readonly call: <T>(method: Method, path: string, schema: z.ZodType<T>, body?: object) => Promise<T>;
  /** The code and the detail of a refusal. */
  readonly refusal: (method: Method, path: string, body?: object) => Promise<string>;
  /** Has the receiver told of incidents. */
  readonly subscribe: (changes?: Partial<NewSubscriber>) => Promise<z.infer<typeof createdSubscriberSchema>>;
  /** Newest first, whether they have arrived or not. */
  readonly deliveries: () => Promise<readonly Delivery[]>;
  /** As many rounds of five seconds, in which an observer sees the same of a family. */
  readonly rounds: (count: number, verdict: Verdict, family: string) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

export async function openOperatorUnderTest(): Promise<OperatorUnderTest> {
  const clock = new ManualClock('2026-11-28T12:00:00Z');
  const status = await openStatusUnderTest({ parts: [incidentsPart()], clock });
  const receiver = await WebhookReceiver.open();
  const ask = (method: Method, path: string, body?: object): request.Test =>
    request(status.url())[method](path).set('authorization', `Bearer ${operatorToken}`).send(body);
  const call: OperatorUnderTest['call'] = async (method, path, schema, body) => {
    const answer = await ask(method, path, body);
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
    return schema.parse(answer.body);
  };
  return {
    ...{ clock, status, receiver, call },
    async refusal(method, path, body) {
      const answer = await ask(method, path, body);
      const problem = answer.body as { readonly code?: string; readonly detail?: string };
      return `${problem.code ?? answer.status} ${problem.detail ?? ''}`;
    },
    subscribe(changes = {}) {
      const wanted: NewSubscriber = {
        channel: 'webhook',
        target: receiver.url,
        topics: ['incidents'],
        allowPrivateAddresses: true,
        ...changes,
      };
      return call('post', '/api/subscribers', createdSubscriberSchema, wanted);
    },
    deliveries: () => call('get', '/api/deliveries', z.array(deliverySchema)),
    async rounds(count, verdict, family) {
      for (let round = 0; round < count; round += 1) {
        const at = new Date(clock.now()).toISOString();
        const sample = { component: `family:${family}`, at, verdict, latencyMs: 5, reason: null };
        status.context().ingest({ observer: 'local', intervalMs: 5_000, samples: [sample] });
        await clock.advance(5_000);
      }
    },
    async dispose() {
      await status.dispose();
      await receiver.close();
    },
  };
}
