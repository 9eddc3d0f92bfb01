/** A sick source in a process of its own. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import type { Health } from '@feedfleet/sick-source';

import type { OpenOrder } from './sick-source-main.ts';

export class SickSourceProcess {
  readonly #child: ChildProcess;
  /** Of its service index. */
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async open(order: OpenOrder): Promise<SickSourceProcess> {
    const child = fork(path.join(import.meta.dirname, 'sick-source-main.ts'), { execArgv: ['--no-warnings'] });
    const { url } = await told(child, order);
    return new SickSourceProcess(child, url);
  }

  /** From now on. */
  async become(health: Health): Promise<void> {
    await told(this.#child, { become: health });
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.disconnect();
    await exited;
  }
}

async function told(child: ChildProcess, order: object): Promise<{ readonly url: string }> {
  child.send(order);
  const [answer] = (await once(child, 'message')) as [{ readonly url: string }];
  return answer;
}
