/** An intermediary in front of a fleet, under an address of its own: it passes everything on, but for the headers that it takes out. */
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HeaderProxy {
  /** Without a slash at the end. */
  readonly url: string;
  /** Requests that it passed on. */
  readonly passed: () => number;
  close(): Promise<void>;
}

/** @param stripped - names of headers in lower case. */
export async function startHeaderProxy(target: string, stripped: readonly string[]): Promise<HeaderProxy> {
  let passed = 0;
  const server = createServer((request, response) => {
    passed += 1;
    const kept = Object.entries(request.headers).filter(([name]) => !stripped.includes(name));
    const options = { method: request.method, headers: Object.fromEntries(kept), agent: false };
    const sent = send(`${target}${request.url ?? '/'}`, options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    sent.on('error', () => response.destroy());
    response.on('close', () => sent.destroy());
    request.pipe(sent);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed: () => passed,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
