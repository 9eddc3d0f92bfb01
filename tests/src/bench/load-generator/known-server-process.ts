/** The server with known delays, as a process of its own. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import type { KnownServerAccount, KnownServerOrder } from './known-server.ts';

export class KnownServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<KnownServer> {
    const child = fork(path.join(import.meta.dirname, 'known-server.ts'), { serialization: 'advanced' });
    const [message] = (await once(child, 'message')) as [{ readonly port: number }];
    return new KnownServer(child, message.port);
  }

  /** Of the clock that it shares with this process, in milliseconds. */
  nowMs(): number {
    return Number(process.hrtime.bigint()) / 1e6;
  }

  standStill(ms: number): void {
    this.#tell({ stallMs: ms });
  }

  /** Everything that it answered since the last `forget`. */
  async account(): Promise<KnownServerAccount> {
    const told = once(this.#child, 'message');
    this.#tell({ tell: true });
    return ((await told) as [KnownServerAccount])[0];
  }

  async forget(): Promise<void> {
    this.#tell({ forget: true });
    // Orders are taken in turn: what it tells now is of after.
    await this.account();
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  #tell(order: KnownServerOrder): void {
    this.#child.send(order);
  }
}
