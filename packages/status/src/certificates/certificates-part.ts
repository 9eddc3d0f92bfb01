/** The certificates as they are served: of the public URL, of the page itself, of every listener that the settings name. */
import { isIP } from 'node:net';

import type { Certificate } from '@feedfleet/status-model';

import { isLoopback } from '../loopback.ts';
import type { StatusContext, StatusPart, StatusPartDefinition } from '../part.ts';
import { inspectServed } from './inspect-served.ts';
import type { ServedCertificate } from './inspect-served.ts';

/** How often each is looked at, in milliseconds; sooner after one that did not answer. */
const [CALM_MS, EAGER_MS] = [300_000, 30_000];
const TIMEOUT_MS = 10_000;

interface Place {
  readonly where: string;
  readonly url: URL;
  readonly expectedHost: string | undefined;
}

class Certificates implements StatusPart {
  readonly name = 'certificates';
  readonly report = { certificates: () => [...this.#seen.values()] };
  readonly #context: StatusContext;
  readonly #places: readonly Place[];
  /** By place; one that does not answer any more stays as it was last seen. */
  readonly #seen = new Map<string, Certificate>();
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(context: StatusContext) {
    this.#context = context;
    this.#places = placesOf(context.settings);
  }

  start(): void {
    if (this.#places.length > 0) this.#lookAgain(0);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #lookAgain(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#looking = this.#lookAtAll().then((haveAll) => {
        if (!this.#ending.signal.aborted) this.#lookAgain(haveAll ? CALM_MS : EAGER_MS);
      });
    }, delayMs);
  }

  async #lookAtAll(): Promise<boolean> {
    let haveAll = true;
    for (const { where, url, expectedHost } of this.#places) {
      try {
        const { signal } = this.#ending;
        const served = await inspectServed({ url, expectedHost, timeoutMs: TIMEOUT_MS, signal });
        this.#seen.set(where, certificateFor(where, served, this.#context.clock.now()));
        this.#context.invalidate();
      } catch (error) {
        haveAll = false;
        const message = error instanceof Error ? error.message : String(error);
        this.#context.log.debug('a certificate could not be looked at', {
          'server.address': where,
          'error.message': message,
        });
      }
    }
    return haveAll;
  }
}

function certificateFor(
  where: string,
  { subject, validFrom, validTo, distrust }: ServedCertificate,
  now: number,
): Certificate {
  const ofDates =
    Date.parse(validTo) <= now ? 'it has expired' : Date.parse(validFrom) > now ? 'it is not valid yet' : null;
  return { where, subject, validTo, seenAt: new Date(now).toISOString(), problem: ofDates ?? distrust };
}

function placesOf({ publicUrl, pageUrl, certificateUrls }: StatusContext['settings']): readonly Place[] {
  const open = [publicUrl, pageUrl].flatMap((url) => (url === undefined ? [] : [new URL(url)]));
  const openHosts = new Set(open.map(({ hostname }) => hostname));
  const clientsHost = publicUrl === undefined ? undefined : hostOf(new URL(publicUrl));
  const places = [...open, ...certificateUrls.map((url) => new URL(url))].flatMap((url): readonly Place[] => {
    if (url.protocol !== 'https:') return [];
    return [openHosts.has(url.hostname) ? openPlace(url) : innerPlace(url, clientsHost)];
  });
  return [...new Map(places.map((place) => [place.where, place])).values()];
}

/** Of a host that everybody is told. */
function openPlace(url: URL): Place {
  return { where: addressOf(url), url, expectedHost: hostOf(url) };
}

/** For operators alone. By its address a listener is asked for the name that clients know, if there is one. */
function innerPlace(url: URL, clientsHost: string | undefined): Place {
  const where = `instance: ${isLoopback(url) ? `port ${portOf(url)} of this machine` : addressOf(url)}`;
  const isNamed = isIP(hostOf(url)) === 0 && !isLoopback(url);
  const clientsName = clientsHost === undefined || isIP(clientsHost) !== 0 ? undefined : clientsHost;
  return { where, url, expectedHost: isNamed ? hostOf(url) : clientsName };
}

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');
const portOf = (url: URL): string => (url.port === '' ? '443' : url.port);
const addressOf = (url: URL): string => `${url.hostname}:${portOf(url)}`;

export const certificatesPart: StatusPartDefinition = {
  name: 'certificates',
  migrations: [],
  open: (context) => new Certificates(context),
};
