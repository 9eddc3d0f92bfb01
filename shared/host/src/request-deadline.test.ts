import { afterEach, describe, expect, it } from '@jest/globals';
import { createLogger, createMetrics, startHost } from './index.ts';
import type { HostOptions, RunningHost } from './index.ts';

let host: RunningHost | undefined;
afterEach(() => host?.drain());

async function answerOf(options: Pick<HostOptions, 'handler' | 'limits'>): Promise<string> {
  host = await startHost({
    ...{ service: 'test', instance: 'test-1', listen: { host: '127.0.0.1', port: 0 }, ...options },
    log: createLogger({ service: 'test', instance: 'test-1', level: 'error' }),
    metrics: createMetrics({ service: 'test', instance: 'test-1' }),
  });
  return (await fetch(host.url)).text();
}

describe('the deadline of a request', () => {
  it('does not pass while a body moves, and counts from its last bytes', async () => {
    const movesForMs = 300;
    const text = await answerOf({
      limits: { requestTimeoutMs: 120 },
      handler: (_request, response, context) => {
        const startedAt = performance.now();
        const moving = setInterval(() => context.progress(), 10);
        setTimeout(() => clearInterval(moving), movesForMs);
        const { signal } = context;
        signal.addEventListener('abort', () => {
          const { code } = signal.reason as { readonly code: string };
          response.end(`${code} ${performance.now() - startedAt > movesForMs ? 'afterwards' : 'too early'}`);
        });
      },
    });
    expect(text).toBe('FF_DEADLINE_EXCEEDED afterwards');
  });
});
