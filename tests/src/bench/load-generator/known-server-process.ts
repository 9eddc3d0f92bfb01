/** The server with known delays, as a process of its own. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import type { Stall } from './known-answers.ts';
import type { KnownServerOrder } from './known-server.ts';

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

  /** When it stood still last, by that clock. */
  async lastStall(): Promise<Stall> {
    const told = once(this.#child, 'message');
    this.#tell({ tell: true });
    return ((await told) as [Stall])[0];
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
