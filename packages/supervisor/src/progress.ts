/** Lines about what comes up and what goes down, while there is no screen and after it. */
import type { ProcessName } from './fleet-process.ts';
import type { Ink } from './start-screen.ts';
import type { ProcessFailure } from './supervised-process.ts';

export interface Progress {
  ready(name: ProcessName, tookMs: number): void;
  /** @param lastLines - what the process printed last. */
  failed(name: ProcessName, failure: ProcessFailure, lastLines: readonly string[]): void;
  back(name: ProcessName): void;
  note(sentence: string): void;
}

const NAME_WIDTH = 10;

export function createProgress(write: (text: string) => void, ink: Ink): Progress {
  const line = (name: string, text: string) => write(`  ${name.padEnd(NAME_WIDTH)} ${text}\n`);
  return {
    ready: (name, tookMs) => line(name, `${ink.green('ready')} after ${(tookMs / 1000).toFixed(1)} s`),
    back: (name) => line(name, ink.green('is back')),
    note: (sentence) => write(`${sentence}\n`),
    failed: (name, failure, lastLines) => {
      const next = failure.final ? 'it is not started again' : 'it is started again';
      line(name, ink.red(`${failure.message}; ${next}`));
      if (failure.code === undefined) for (const each of lastLines) write(ink.dim(`    | ${each}\n`));
    },
  };
}
