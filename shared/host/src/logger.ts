/** The log port: one line of JSON an event, a constant message and fields with fixed names. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Names follow OpenTelemetry where it has one (`http.response.status_code`, `url.path`, `error.type`). */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** `error` gives `error.type`, `error.message`, `error.stack` and its causes; secrets in URLs are redacted. */
  error(message: string, error: unknown, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  child(fields: LogFields): Logger;
  /** Lets a hot path not make fields that nobody logs. A logger without it logs every level. */
  isEnabled?(level: LogLevel): boolean;
}
