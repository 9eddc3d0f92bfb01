/** Hosts for tests, ended after each, and a client that sends bytes as they are. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createLogger } from './create-logger.ts';
import { createMetrics } from './create-metrics.ts';
import type { HostOptions, RunningHost } from './host-options.ts';
import { startHost } from './start-host.ts';

export class HostFixture {
  /** What the hosts logged since the last end. */
  readonly lines: string[] = [];
  readonly #hosts: RunningHost[] = [];

  /** On a port of its own, with five seconds for a drain where nothing else is said. */
  readonly start = async (options: Partial<HostOptions> = {}): Promise<RunningHost> => {
    const names = { service: 'test', instance: 'test-1' };
    const log = createLogger({ ...names, level: 'info', write: (line) => this.lines.push(line) });
    const listen = { host: '127.0.0.1', port: 0 };
    const host = await startHost({ ...names, listen, log, metrics: createMetrics(names), drainMs: 5_000, ...options });
    this.#hosts.push(host);
    return host;
  };

  /** For `afterEach`. */
  readonly end = async (): Promise<void> => {
    await Promise.all(this.#hosts.splice(0).map((host) => host.drain()));
    this.lines.length = 0;
  };
}

/** Sends the text as it is, and gives back everything that comes until the server closes. */
export async function sendRaw(host: RunningHost, text: string): Promise<string> {
  const socket = connect(host.port, '127.0.0.1');
  socket.on('error', () => undefined);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
  socket.write(text);
  await once(socket, 'close');
  return answer;
}
