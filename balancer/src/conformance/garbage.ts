/** What a request used is garbage at once when it is over, and the collector of young objects finds it. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import type { Setting } from './setting.ts';
import { listen, startFront } from './sockets.ts';

const REQUESTS = 1_600;
/** Between two collections of young objects, each of which keeps for good what is in use when it looks for the second time. */
const BETWEEN = 20;
/** A request uses several times as much; optimized code and caches take their part of this. */
const MAX_LEFT_BYTES = 1_500;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nto the end';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as (options?: { readonly type: 'minor' }) => void;

async function ask(client: Socket, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    let received = '';
    while (!received.endsWith('to the end')) received += String((await once(client, 'data'))[0]);
  }
}

export function describeGarbage(setting: () => Setting): void {
  describe('what requests leave behind', () => {
    it('is collected without a look at all that there is', async () => {
      const { make, cleanup } = setting();
      const endpoint = createServer((socket) => socket.on('data', () => socket.write(ANSWER)));
      const upstreamPort = await listen(endpoint, cleanup);
      const front = await startFront(cleanup, { transport: make(), upstreamPort });
      const client = connect(front.port, '127.0.0.1');
      cleanup.add(() => client.destroy());
      await ask(client, REQUESTS / 4);
      collectGarbage();
      const before = process.memoryUsage().heapUsed;
      for (let round = 0; round < REQUESTS / BETWEEN; round++) {
        await ask(client, BETWEEN);
        collectGarbage({ type: 'minor' });
      }
      const left = process.memoryUsage().heapUsed - before;
      expect(left / REQUESTS).toBeLessThan(MAX_LEFT_BYTES);
    });
  });
}
