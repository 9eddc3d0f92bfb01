/**
 * The certificates in a folder, as `NAME.crt` and `NAME.key`, taken up anew when a file changes.
 *
 * Looked at every other second instead of watched: volumes of containers are swapped under symbolic links, of which a watch tells
 * nothing. A pair that cannot be used is told and left out, and the one before it under that name stays in use: a renewal that fails
 * takes nothing down.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CertificateSource, Logger, Metrics } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { readPair } from './certificate-pair.ts';
import type { CertificatePair } from './certificate-pair.ts';
import { CertificateTable } from './certificate-table.ts';

export interface CertificateFolderOptions {
  readonly folder: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How often the folder is looked at, in milliseconds. Default 2,000. */
  readonly intervalMs?: number;
}

const MAX_PAIRS = 1_000;
const DAY_MS = 86_400_000;
/** With so many days left a certificate is warned about, once for each; at 0 it has ended. */
const WARNED_DAYS: readonly number[] = [21, 14, 7, 3, 1, 0];

/** A file's name, size and times: whether there is something new to read. */
type Signature = string;

export class CertificateFolder implements CertificateSource {
  readonly #options: CertificateFolderOptions;
  readonly #listeners: (() => void)[] = [];
  readonly #pairs = new Map<string, CertificatePair>();
  /** By name of the pair, how many of its warnings were given. */
  readonly #warnings = new Map<string, number>();
  /** By name of the pair: what was read last, whether or not it could be used. */
  #signatures: ReadonlyMap<string, Signature> = new Map();
  #table: CertificateTable | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  private constructor(options: CertificateFolderOptions) {
    this.#options = options;
    options.metrics.gauge({
      name: 'feedfleet_balancer_certificate_expiry_timestamp_seconds',
      help: 'When each certificate that is served ends, in seconds since the epoch.',
      labels: ['name'],
      collectEach: () =>
        [...this.#pairs.values()].map(({ name, notAfter }) => ({ labels: { name }, value: notAfter / 1_000 })),
    });
  }

  /** @throws {ProblemError} `FF_INVALID_SETTINGS` when the folder holds no pair that can be used. */
  static async open(options: CertificateFolderOptions): Promise<CertificateFolder> {
    const certificates = new CertificateFolder(options);
    await certificates.look();
    if (certificates.#table === undefined) {
      const detail = `tlsFolder: expected a folder with NAME.crt and NAME.key in PEM, got none that can be used in ${options.folder}`;
      throw new ProblemError('invalidSettings', { detail });
    }
    certificates.#timer = setInterval(() => void certificates.look(), options.intervalMs ?? 2_000);
    certificates.#timer.unref();
    return certificates;
  }

  get fallback(): CertificatePair {
    if (this.#table === undefined) throw new Error('no certificate');
    return this.#table.fallback;
  }

  readonly contextFor = (serverName: string): CertificatePair['context'] | undefined =>
    this.#table?.pairFor(serverName)?.context;

  subscribe(listener: () => void): void {
    this.#listeners.push(listener);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Takes up what has changed since the last time. Never rejects. */
  look(): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look());
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { folder, log, now } = this.#options;
    let signatures: ReadonlyMap<string, Signature>;
    try {
      signatures = await signaturesOf(folder);
    } catch (error) {
      log.error('the folder of certificates cannot be read', error);
      return;
    }
    const changed = [...signatures].filter(([name, signature]) => this.#signatures.get(name) !== signature);
    const gone = [...this.#pairs.keys()].filter((name) => !signatures.has(name));
    this.#signatures = signatures;
    for (const [name] of changed) await this.#take(name);
    for (const name of gone) this.#drop(name);
    this.#warn();
    const isOver = this.#table !== undefined && now() >= this.#table.changesAt;
    if (changed.length + gone.length > 0 || isOver) this.#rebuild();
  }

  async #take(name: string): Promise<void> {
    const { folder, log } = this.#options;
    try {
      const [cert, key] = await Promise.all(
        ['crt', 'key'].map((end) => readFile(path.join(folder, `${name}.${end}`), 'utf8')),
      );
      const pair = readPair(name, { cert: cert ?? '', key: key ?? '' });
      this.#pairs.set(name, pair);
      this.#warnings.delete(name);
      log.info('certificate taken up', fieldsOf(pair));
    } catch (error) {
      const kept = this.#pairs.has(name);
      log.error(kept ? 'certificate refused; the one before it stays' : 'certificate refused', error, {
        'tls.certificate': name,
      });
    }
  }

  /** The last one stays: a folder that is empty for a moment must not end all of TLS. */
  #drop(name: string): void {
    if (this.#pairs.size < 2) return;
    this.#pairs.delete(name);
    this.#warnings.delete(name);
    this.#options.log.info('certificate dropped', { 'tls.certificate': name });
  }

  /** A process that runs for months sees its certificates end without any file changing. */
  #warn(): void {
    const { log, now } = this.#options;
    for (const pair of this.#pairs.values()) {
      const left = (pair.notAfter - now()) / DAY_MS;
      const due = WARNED_DAYS.filter((days) => left <= days).length;
      if (due <= (this.#warnings.get(pair.name) ?? 0)) continue;
      this.#warnings.set(pair.name, due);
      const message = left <= 0 ? 'certificate has expired' : 'certificate ends soon';
      log.warn(message, { ...fieldsOf(pair), days: Math.floor(left) });
    }
  }

  #rebuild(): void {
    const [first, ...rest] = this.#pairs.values();
    if (first === undefined) return;
    this.#table = new CertificateTable([first, ...rest], this.#options.now());
    for (const listener of this.#listeners) listener();
  }
}

function fieldsOf({ name, notAfter }: CertificatePair): Record<string, string> {
  return { 'tls.certificate': name, 'tls.not_after': new Date(notAfter).toISOString() };
}

async function signaturesOf(folder: string): Promise<ReadonlyMap<string, Signature>> {
  const names = (await readdir(folder)).filter((file) => file.endsWith('.crt')).map((file) => file.slice(0, -4));
  const signatures = new Map<string, Signature>();
  for (const name of names.sort().slice(0, MAX_PAIRS)) {
    const files = await Promise.all(['crt', 'key'].map((end) => signatureOf(path.join(folder, `${name}.${end}`))));
    signatures.set(name, files.join(' '));
  }
  return signatures;
}

async function signatureOf(file: string): Promise<Signature> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return `${ino}:${size}:${mtimeMs}:${ctimeMs}`;
  } catch {
    return 'missing';
  }
}
