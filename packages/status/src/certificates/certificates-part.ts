/**
 * The certificates as they are served: of the public URL, of the page itself, of every listener and storage that the settings name, and
 * of the package sources of all feeds.
 */
import type { RegistryApi } from '@feedfleet/registry-client';
import type { Certificate } from '@feedfleet/status-model';

import { AddressRefused, guardedLookup, judgeLiteral } from '../guarded-lookup.ts';
import { registryApiOf } from '../observing/fleet-discovery.ts';
import type { StatusContext, StatusPart, StatusPartDefinition } from '../part.ts';
import { certificateMigrations, CertificateStore } from './certificate-store.ts';
import { inspectServed } from './inspect-served.ts';
import type { ServedCertificate } from './inspect-served.ts';
import { placeOfSource, placesOfSettings, SOURCE_PLACE } from './watched-places.ts';
import type { WatchedPlace } from './watched-places.ts';

const [MINUTE_MS, HOUR_MS] = [60_000, 3_600_000];
/** How often it is seen what is due, and how many are looked at side by side. */
const [TICK_MS, AT_ONCE] = [30_000, 8];
/** How often each is looked at: after a look that found one, and after one that did not. What is not ours is asked rarely. */
const PACE: Readonly<Record<WatchedPlace['kind'], { readonly calmMs: number; readonly eagerMs: number }>> = {
  own: { calmMs: 5 * MINUTE_MS, eagerMs: TICK_MS },
  source: { calmMs: HOUR_MS, eagerMs: 10 * MINUTE_MS },
};
/** How often the registry is asked which sources there are. */
const SOURCES_MS = 5 * MINUTE_MS;
const TIMEOUT_MS = 10_000;
/** What was not seen for longer than this is served no more, as far as anybody knows. */
const SERVED_MS = 7 * 24 * HOUR_MS;

class Certificates implements StatusPart {
  readonly name = 'certificates';
  readonly report = { certificates: () => this.#told() };
  readonly #context: StatusContext;
  readonly #store: CertificateStore;
  readonly #api: RegistryApi | undefined;
  readonly #own: readonly WatchedPlace[];
  #sources: readonly WatchedPlace[] = [];
  #sourcesDueAt = 0;
  /** By place; one that does not answer any more stays as it was last seen. */
  readonly #seen: Map<string, Certificate>;
  /** By place, when it is looked at again. */
  readonly #dueAt = new Map<string, number>();
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<unknown> = Promise.resolve();

  constructor(context: StatusContext) {
    this.#context = context;
    this.#store = new CertificateStore(context.database);
    this.#api = registryApiOf(context.settings);
    this.#own = placesOfSettings(context.settings);
    this.#seen = new Map(this.#store.all().map((each) => [each.where, each]));
    const isSource = (where: string): boolean => this.#api !== undefined && where.startsWith(SOURCE_PLACE);
    this.#forgetOthers((where) => isSource(where) || this.#own.some((each) => each.where === where));
  }

  start(): void {
    if (this.#own.length > 0 || this.#api !== undefined) this.#lookAgain(0);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #told(): readonly Certificate[] {
    const earliest = this.#context.clock.now() - SERVED_MS;
    return [...this.#seen.values()].filter(({ seenAt }) => Date.parse(seenAt) >= earliest);
  }

  #lookAgain(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#looking = this.#lookAtDue().then(() => {
        if (!this.#ending.signal.aborted) this.#lookAgain(TICK_MS);
      });
    }, delayMs);
  }

  async #lookAtDue(): Promise<void> {
    await this.#findSources();
    const now = this.#context.clock.now();
    const due = [...this.#own, ...this.#sources].filter(({ where }) => (this.#dueAt.get(where) ?? 0) <= now).values();
    const lookInTurn = async (): Promise<void> => {
      for (const place of due) if (!this.#ending.signal.aborted) await this.#lookAt(place);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lookInTurn));
  }

  /** While the registry does not answer, the sources stay those that were known last. */
  async #findSources(): Promise<void> {
    const now = this.#context.clock.now();
    if (this.#api === undefined || now < this.#sourcesDueAt) return;
    try {
      const { hosts } = await this.#api.sources.hosts(this.#ending.signal);
      this.#sources = hosts.map(placeOfSource);
      this.#sourcesDueAt = now + SOURCES_MS;
      const known = new Set([...this.#own, ...this.#sources].map(({ where }) => where));
      this.#forgetOthers((where) => known.has(where));
    } catch (error) {
      this.#context.log.debug('the registry did not tell the package sources', { 'error.message': messageOf(error) });
    }
  }

  #forgetOthers(isWatched: (where: string) => boolean): void {
    for (const where of [...this.#seen.keys(), ...this.#dueAt.keys()]) {
      if (isWatched(where)) continue;
      this.#seen.delete(where);
      this.#dueAt.delete(where);
      this.#store.forget(where);
    }
  }

  async #lookAt(place: WatchedPlace): Promise<void> {
    const { clock, log } = this.#context;
    const { calmMs, eagerMs } = PACE[place.kind];
    try {
      const served = await this.#inspect(place);
      const certificate = certificateFor(place.where, served, clock.now());
      this.#seen.set(place.where, certificate);
      this.#store.keep(certificate);
      this.#dueAt.set(place.where, clock.now() + calmMs);
      this.#context.invalidate();
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      this.#dueAt.set(place.where, clock.now() + (error instanceof AddressRefused ? calmMs : eagerMs));
      log.debug('a certificate could not be looked at', {
        'server.address': place.where,
        'error.message': messageOf(error),
      });
    }
  }

  async #inspect({ kind, host, port, expectedHost, allowPrivateAddresses }: WatchedPlace): Promise<ServedCertificate> {
    const { signal } = this.#ending;
    const question = { host, port, expectedHost, timeoutMs: TIMEOUT_MS, signal };
    if (kind === 'own') return inspectServed(question);
    judgeLiteral({ host, port, allowPrivateAddresses });
    return inspectServed({ ...question, lookup: guardedLookup({ port, allowPrivateAddresses }) });
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function certificateFor(
  where: string,
  { subject, validFrom, validTo, distrust }: ServedCertificate,
  now: number,
): Certificate {
  const ofDates =
    Date.parse(validTo) <= now ? 'it has expired' : Date.parse(validFrom) > now ? 'it is not valid yet' : null;
  return { where, subject, validTo, seenAt: new Date(now).toISOString(), problem: ofDates ?? distrust };
}

export const certificatesPart: StatusPartDefinition = {
  name: 'certificates',
  migrations: certificateMigrations,
  open: (context) => new Certificates(context),
};
