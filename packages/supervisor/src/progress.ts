/** Lines about what comes up and what goes down, while there is no screen and after it. */
import type { Ink } from './start-screen.ts';
import type { ProcessFailure } from './supervised-process.ts';

export interface Progress {
  ready(label: string, tookMs: number): void;
  /** @param lastLines - what the process printed last. */
  failed(label: string, failure: ProcessFailure, lastLines: readonly string[]): void;
  back(label: string): void;
  /** It drains, and is started anew at once. */
  restarts(label: string): void;
  /** It begins to stand back for the others, or has its full share again. */
  standsBack(label: string, standsBack: boolean): void;
  note(sentence: string): void;
}

const NAME_WIDTH = 10;

export function createProgress(write: (text: string) => void, ink: Ink): Progress {
  const line = (label: string, text: string) => write(`  ${label.padEnd(NAME_WIDTH)} ${text}\n`);
  return {
    ready: (label, tookMs) => line(label, `${ink.green('ready')} after ${(tookMs / 1000).toFixed(1)} s`),
    back: (label) => line(label, ink.green('is back')),
    restarts: (label) => line(label, 'is restarted, as it was asked to'),
    standsBack: (label, standsBack) =>
      line(
        label,
        standsBack ? 'keeps a processor busy: it stands back for the others' : 'is calm again, and has its full share',
      ),
    note: (sentence) => write(`${sentence}\n`),
    failed: (label, failure, lastLines) => {
      const next = failure.final ? 'it is not started again' : 'it is started again';
      line(label, ink.red(`${failure.message}; ${next}`));
      if (failure.code === undefined) for (const each of lastLines) write(ink.dim(`    | ${each}\n`));
    },
  };
}
