/**
 * The log port on winston: JSON lines on standard output, secrets in URLs redacted in every text.
 *
 * Source: OpenTelemetry, "Semantic conventions for exceptions" and "Service", for the names of the fields.
 */
import { Writable } from 'node:stream';
import winston from 'winston';
import type { LogFields, LogLevel, Logger } from './logger.ts';
import { redact } from './redact.ts';

export interface LoggerOptions {
  readonly service: string;
  readonly instance: string;
  /** The least level that is logged. */
  readonly level: LogLevel;
  /** Takes each line, without its line feed. Default: standard output. */
  readonly write?: (line: string) => void;
}

const RANK: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };
/** A chain of causes longer than this is cut; it bounds the line and ends a chain that bites its tail. */
const MAX_CAUSES = 8;

/** Each line has `time`, `level`, `message`, `service.name`, `service.instance.id` and the fields of the call. */
export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? ((line: string) => void process.stdout.write(`${line}\n`));
  const sink = winston.createLogger({
    levels: RANK,
    level: options.level,
    format: winston.format.printf((info) => JSON.stringify(info, redactedText)),
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- winston types its own transports so
    transports: [new winston.transports.Stream({ stream: lineStream(write), eol: '' })],
  });
  const fields = { 'service.name': options.service, 'service.instance.id': options.instance };
  return new WinstonLogger(sink, RANK[options.level], fields);
}

function lineStream(write: (line: string) => void): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      write(line);
      done();
    },
  });
}

function redactedText(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? redact(value) : value;
}

class WinstonLogger implements Logger {
  readonly #sink: winston.Logger;
  readonly #rank: number;
  readonly #fields: LogFields;

  constructor(sink: winston.Logger, rank: number, fields: LogFields) {
    this.#sink = sink;
    this.#rank = rank;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }

  error(message: string, error: unknown, fields?: LogFields): void {
    this.#write('error', message, { ...fields, ...errorFields(error) });
  }

  child(fields: LogFields): Logger {
    return new WinstonLogger(this.#sink, this.#rank, { ...this.#fields, ...fields });
  }

  isEnabled(level: LogLevel): boolean {
    return RANK[level] <= this.#rank;
  }

  #write(level: LogLevel, message: string, fields: LogFields | undefined): void {
    if (RANK[level] > this.#rank) return;
    this.#sink.log({ time: new Date().toISOString(), ...this.#fields, ...fields, level, message });
  }
}

function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { 'error.type': typeof error, 'error.message': String(error) };
  const causes = causesOf(error);
  return {
    'error.type': error.name,
    'error.code': codeOf(error),
    'error.message': error.message,
    'error.stack': error.stack,
    'error.causes': causes.length === 0 ? undefined : causes.map(describeError).join(' <- '),
  };
}

function causesOf(error: Error): readonly unknown[] {
  const causes: unknown[] = [];
  for (let at = error.cause; at !== undefined && causes.length < MAX_CAUSES;) {
    causes.push(at);
    at = at instanceof Error ? at.cause : undefined;
  }
  return causes;
}

function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
