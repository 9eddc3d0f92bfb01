/** A server in a process of its own, which is ended with the test that started it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = '';

  constructor(command: readonly string[]) {
    const [program = '', ...rest] = command;
    this.#child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#ended = once(this.#child, 'exit');
    const hear = (chunk: Buffer): void => {
      this.#said = (this.#said + chunk.toString()).slice(-MAX_HEARD);
    };
    this.#child.stdout?.on('data', hear);
    this.#child.stderr?.on('data', hear);
  }

  /** Waits until the server says that it is there. @returns what `pattern` finds. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#said);
      if (found !== null) return found;
      const more = Promise.any([this.#ended, ...this.#outputs().map((output) => once(output, 'data'))]);
      await more;
      if (this.#child.exitCode !== null) throw new Error(`the server has ended: ${this.#said}`);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async end(): Promise<void> {
    // A stopped process hears of nothing else.
    this.#child.kill('SIGCONT');
    this.#child.kill('SIGTERM');
    await this.#ended;
  }

  #outputs(): readonly NodeJS.EventEmitter[] {
    return [this.#child.stdout, this.#child.stderr].filter((output) => output !== null);
  }
}

const MAX_HEARD = 10_000;
