/**
 * Posts a webhook: to an address that was judged, by one connection of its own, within one time limit. A redirect is not followed,
 * because what is behind it was not judged, and a body is not sent twice.
 */
import { request as requestHttp } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';

import { AddressRefused, guardedLookup, judgeLiteral } from '../guarded-lookup.ts';
import { DeliveryFailure } from './delivery-failure.ts';
import type { WebhookMessage } from './webhook-body.ts';

const LIMIT_MS = 15_000;
const MAX_RETRY_AFTER_S = 86_400;
function retryAfterMs(value: string | undefined): number | undefined {
  const seconds = Number(value);
  return value === undefined || !Number.isFinite(seconds) ? undefined : Math.min(seconds, MAX_RETRY_AFTER_S) * 1000;
}

function judgeAnswer({ statusCode = 0, headers }: IncomingMessage): void {
  if (statusCode >= 200 && statusCode < 300) return;
  const isRefused = statusCode < 500 && ![408, 425, 429].includes(statusCode);
  throw new DeliveryFailure(`it answered ${statusCode}`, {
    isRefused,
    retryAfterMs: retryAfterMs(headers['retry-after']),
  });
}

function exchange(url: URL, options: RequestOptions, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, (answer) => {
      // Nothing of it is read: the status says all.
      answer.on('error', () => undefined);
      answer.destroy();
      resolve(answer);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** @throws {DeliveryFailure} */
export async function sendWebhook(
  { url: text, headers, body }: WebhookMessage,
  { allowPrivateAddresses, signal }: { readonly allowPrivateAddresses: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const url = new URL(text);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const limit = AbortSignal.timeout(LIMIT_MS);
  const options: RequestOptions = {
    method: 'POST',
    agent: false,
    lookup: guardedLookup({ port, allowPrivateAddresses }),
    signal: AbortSignal.any([limit, signal]),
    headers: {
      'content-type': 'application/json',
      'user-agent': 'feedfleet-status',
      ...headers,
      'content-length': Buffer.byteLength(body),
    },
  };
  try {
    judgeLiteral({ host, port, allowPrivateAddresses });
    judgeAnswer(await exchange(url, options, body));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DeliveryFailure) throw error;
    if (error instanceof AddressRefused) {
      const detail = `the URL leads to ${error.what}, which it may not: an operator can allow private addresses for a subscriber`;
      throw new DeliveryFailure(detail, { isRefused: true });
    }
    const why = limit.aborted ? `it did not answer within ${LIMIT_MS / 1000} s` : (error as Error).message;
    throw new DeliveryFailure(why, { cause: error });
  }
}
