/** The yardstick: node:http and nothing else, answering fixed bytes. Started as a process of its own with a JSON argument. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface FixedAnswer {
  readonly file: string;
  readonly contentType: string;
}

const answers = JSON.parse(process.argv[2] ?? '{}') as Readonly<Record<string, FixedAnswer>>;
const bodies = new Map(
  Object.entries(answers).map(([path, { file, contentType }]) => [path, { body: readFileSync(file), contentType }]),
);

const server = createServer((request, response) => {
  const found = bodies.get(request.url ?? '');
  if (found === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': found.contentType, 'Content-Length': found.body.length });
  response.end(found.body);
});

server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on('disconnect', () => {
  server.close();
  server.closeAllConnections();
});
