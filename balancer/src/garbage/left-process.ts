/**
 * Started by its test with `--expose-gc` and the name of an engine, since what else a process does would come into the figures: answers
 * requests through the engine, and prints how many bytes of each are still there after collections of young objects alone.
 */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createTransport } from '../create-transport.ts';
import type { EngineSettings } from '../create-transport.ts';

const REQUESTS = 1_600;
/** Between two collections, each of which keeps for good what is in use when it looks for the second time. */
const BETWEEN = 20;
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nto the end';

async function listen(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

async function ask(client: Socket, times: number): Promise<void> {
  for (let count = 0; count < times; count++) {
    client.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    let received = '';
    while (!received.endsWith('to the end')) received += String((await once(client, 'data'))[0]);
  }
}

const engine = process.argv[2] as EngineSettings['transport'];
const transport = await createTransport({ transport: engine, connectTimeoutMs: 5_000, discardTimeoutMs: 5_000 });
const endpoint = createServer((socket) => socket.on('data', () => socket.write(ANSWER)));
const port = await listen(endpoint);
const target = { family: 'v2', instance: 'v2-1', protocol: 'http:', hostname: '127.0.0.1', port } as const;
const options = {
  ...{ path: '/', timeoutMs: 5_000, idleTimeoutMs: 5_000, maxBodyBytes: 1_000 },
  ...{ headers: {}, withheld: new Set<string>(), responseHeaders: {} },
};
const front = createHttpServer((request, response) => void transport.forward(request, response, target, options));
const client = connect(await listen(front), '127.0.0.1');

await ask(client, REQUESTS / 4);
global.gc?.();
const before = process.memoryUsage().heapUsed;
for (let round = 0; round < REQUESTS / BETWEEN; round++) {
  await ask(client, BETWEEN);
  global.gc?.({ type: 'minor' });
}
process.stdout.write(String((process.memoryUsage().heapUsed - before) / REQUESTS));
client.destroy();
transport.close();
for (const server of [front, endpoint]) server.close();
