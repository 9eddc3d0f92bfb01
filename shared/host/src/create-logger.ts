/** The log port on winston. */
import type { LogLevel, Logger } from './logger.ts';

export interface LoggerOptions {
  readonly service: string;
  readonly instance: string;
  readonly level: LogLevel;
  /** Takes each line, without its line feed. Default: standard output. */
  readonly write?: (line: string) => void;
}

export function createLogger(options: LoggerOptions): Logger {
  throw new Error(`not here yet: ${options.service}`);
}
