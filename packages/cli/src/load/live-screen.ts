/** Shows how a run goes on: a few lines that are drawn again each second, or a line now and then where there is no terminal. */
import type { LiveState } from '@feedfleet/load';

import type { TextOutput } from '../parts.ts';

export interface LiveLines {
  readonly liveLines: (state: LiveState) => readonly string[];
  readonly plainLine: (state: LiveState) => string;
}

const PLAIN_EVERY = 5;
const DEFAULT_COLUMNS = 120;

export class LiveScreen {
  readonly #output: TextOutput;
  readonly #lines: LiveLines;
  #drawn = 0;
  #calls = 0;

  constructor(output: TextOutput, lines: LiveLines) {
    this.#output = output;
    this.#lines = lines;
  }

  show(state: LiveState): void {
    this.#calls += 1;
    const { terminal } = this.#output;
    if (terminal === undefined) {
      if (this.#calls % PLAIN_EVERY === 0) this.#output.write(`${this.#lines.plainLine(state)}\n`);
      return;
    }
    // A line that wraps would be two, and the next picture one too low.
    const columns = (terminal as { readonly columns?: number }).columns ?? DEFAULT_COLUMNS;
    const lines = this.#lines.liveLines(state).map((line) => line.slice(0, columns - 1));
    const up = this.#drawn === 0 ? '' : `\u001b[${this.#drawn}A\u001b[J`;
    this.#output.write(`${up}${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }
}
