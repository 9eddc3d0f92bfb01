/** The yardstick: node:http and nothing else, answering the endpoint's own bytes. Started as a process of its own with a JSON argument. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface FixedAnswer {
  readonly file: string;
  /** Header lines as the endpoint sends them: name, value, name, value. */
  readonly head: readonly string[];
}

const answers = JSON.parse(process.argv[2] ?? '{}') as Readonly<Record<string, FixedAnswer>>;
const bodies = new Map(
  Object.entries(answers).map(([path, { file, head }]) => [path, { body: readFileSync(file), head: [...head] }]),
);

const server = createServer((request, response) => {
  const found = bodies.get(request.url ?? '');
  if (found === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, found.head);
  response.end(found.body);
});

server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('disconnect', () => {
  server.close();
  server.closeAllConnections();
});
