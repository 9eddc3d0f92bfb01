/** For tests: a log that keeps its lines. */
import type { LogFields, Logger } from '@feedfleet/host';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

export function recordingLog(lines: LogLine[]): Logger {
  const add =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields });
    };
  const log: Logger = {
    debug: add('debug'),
    info: add('info'),
    warn: add('warn'),
    error: (message, error, fields = {}) =>
      lines.push({ level: 'error', message, fields: { ...fields, error: String(error) } }),
    child: () => log,
  };
  return log;
}
