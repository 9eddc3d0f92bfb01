/** Stands before a fleet and passes everything on as it is: what others ask of the fleet, as it is on the wire. */
import { createServer, request as send } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Relayed {
  readonly path: string;
  /** All header lines, names and values in turn. */
  readonly rawHeaders: readonly string[];
  /** Lines of `X-NuGet-Feedchain`, joined. */
  readonly chain: string;
}

export class RecordingRelay {
  /** In the order in which they came. */
  readonly relayed: Relayed[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param target - scheme, host and port of the fleet. */
  static async open(target: string): Promise<RecordingRelay> {
    const { hostname, port } = new URL(target);
    const server = createServer((incoming, outgoing) => {
      relay.#record(incoming);
      // The host that was asked for stays, so that links in answers lead here again.
      const { method, url: path, headers } = incoming;
      const onward = send({ hostname, port, method, path, headers, agent: false }, (answer) => {
        passOn(answer, outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      outgoing.on('close', () => onward.destroy());
      incoming.pipe(onward);
    });
    const relay = new RecordingRelay(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  /** Without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #record({ url: path = '', rawHeaders, headersDistinct }: IncomingMessage): void {
    this.relayed.push({ path, rawHeaders, chain: (headersDistinct['x-nuget-feedchain'] ?? []).join(', ') });
  }
}

function passOn(answer: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
  answer.on('error', () => outgoing.destroy());
  answer.pipe(outgoing);
}
