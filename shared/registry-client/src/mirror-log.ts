/** The part of the host's log that a mirror writes to; the host's own logger fits. */

type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface MirrorLog {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, error: unknown, fields?: LogFields): void;
}
