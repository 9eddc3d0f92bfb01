/** Waits for `/health/ready` of a process. Plain `node:http`, since `fetch` would cost the supervisor megabytes. */
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 40;
const ANSWER_MS = 2_000;

/** @returns false when `signal` aborted first. */
export async function waitUntilReady(url: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (await isReady(url, signal)) return !signal.aborted;
    await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

function isReady(url: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${url}/health/ready`, { signal, agent: false, timeout: ANSWER_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
