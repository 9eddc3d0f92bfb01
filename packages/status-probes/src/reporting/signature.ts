/** How observers sign what they send: HMAC-SHA256 over the timestamp and the exact bytes, with a secret that each has for itself. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export const OBSERVER_HEADER = 'x-feedfleet-observer';
const TIMESTAMP_HEADER = 'x-feedfleet-timestamp';
const SIGNATURE_HEADER = 'x-feedfleet-signature';

/** How far the clocks of both may be apart, in milliseconds. */
const WINDOW_MS = 300_000;

export interface Signer {
  readonly observer: string;
  readonly secret: string;
}

/** @param body - empty for a question. @param nowMs - since the epoch. */
export function signatureHeaders(signer: Signer, body: Buffer, nowMs: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(nowMs / 1000));
  return {
    [OBSERVER_HEADER]: signer.observer,
    [TIMESTAMP_HEADER]: timestamp,
    [SIGNATURE_HEADER]: macOf(signer.secret, timestamp, body).toString('hex'),
  };
}

/** @returns what is wrong with it, for the answer; `undefined` when it is good. */
export function signatureFault(
  headers: IncomingHttpHeaders,
  { secret, body, nowMs }: { readonly secret: string; readonly body: Buffer; readonly nowMs: number },
): string | undefined {
  const [timestamp, signature] = [headers[TIMESTAMP_HEADER], headers[SIGNATURE_HEADER]];
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp)) {
    return `${TIMESTAMP_HEADER}: expected seconds since 1970`;
  }
  if (typeof signature !== 'string' || !/^[0-9a-f]{64}$/.test(signature)) {
    return `${SIGNATURE_HEADER}: expected 64 hexadecimal digits`;
  }
  if (!timingSafeEqual(macOf(secret, timestamp, body), Buffer.from(signature, 'hex'))) {
    return `${SIGNATURE_HEADER}: expected the one of this body with the secret of this observer`;
  }
  const apartMs = Math.abs(nowMs - Number(timestamp) * 1000);
  return apartMs <= WINDOW_MS
    ? undefined
    : `${TIMESTAMP_HEADER}: expected within 300 s of ${new Date(nowMs).toISOString()}`;
}

function macOf(secret: string, timestamp: string, body: Buffer): Buffer {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
}
