/**
 * The status process after its supervisor was killed: it goes on, and logs to the file where the supervisor had written down what it
 * said. It ends with its data folder; the next supervisor on that folder ends it by a signal.
 */
import { appendFileSync, existsSync, renameSync, statSync } from 'node:fs';
import type { Logger } from '@feedfleet/host';

/** Of the file; then it becomes `<name>.1`, and the one before goes, as under the supervisor. */
const MAX_LOG_BYTES = 10_000_000;
const LOOK_MS = 1000;

/** Where lines of the log go: to standard output, which the supervisor reads, and to a file once nobody does. */
export class LogOutput {
  readonly #toSupervisor: (line: string) => void;
  readonly #maxBytes: number;
  #file: string | undefined;

  constructor(toSupervisor: (line: string) => void, maxBytes = MAX_LOG_BYTES) {
    this.#toSupervisor = toSupervisor;
    this.#maxBytes = maxBytes;
  }

  useFile(file: string): void {
    this.#file = file;
  }

  /** Never throws: a full disk must not end the page. */
  write(line: string): void {
    if (this.#file === undefined) {
      this.#toSupervisor(line);
      return;
    }
    try {
      const bytes = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
      if (bytes > 0 && bytes + Buffer.byteLength(line) + 1 > this.#maxBytes) renameSync(this.#file, `${this.#file}.1`);
      appendFileSync(this.#file, `${line}\n`, { mode: 0o600 });
    } catch {
      return;
    }
  }
}

export interface AloneOptions {
  readonly logFile: string;
  readonly dataFolder: string;
  readonly output: LogOutput;
  readonly log: Logger;
  /** Drains and ends the process. */
  readonly end: () => void;
}

/** Called when the supervisor was killed. @returns `log`. */
export function goOnAlone({ logFile, dataFolder, output, log, end }: AloneOptions): Logger {
  output.useFile(logFile);
  log.warn('the supervisor of this fleet is gone: the status page goes on without it until the next one starts');
  const looking = setInterval(() => {
    if (existsSync(dataFolder)) return;
    clearInterval(looking);
    end();
  }, LOOK_MS);
  looking.unref();
  return log;
}
