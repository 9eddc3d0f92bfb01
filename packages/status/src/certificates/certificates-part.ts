/** The certificates as they are served: of the public URL, of the page itself, of every listener that the settings name. */
import type { Certificate } from '@feedfleet/status-model';

import type { StatusContext, StatusPart, StatusPartDefinition } from '../part.ts';
import { inspectServed } from './inspect-served.ts';
import type { ServedCertificate } from './inspect-served.ts';

/** How often each is looked at, in milliseconds; sooner after one that did not answer. */
const [CALM_MS, EAGER_MS] = [300_000, 30_000];
const TIMEOUT_MS = 10_000;

interface Place {
  readonly where: string;
  readonly url: URL;
  readonly checksName: boolean;
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
    for (const { where, url, checksName } of this.#places) {
      try {
        const { signal } = this.#ending;
        const served = await inspectServed({ url, checksName, timeoutMs: TIMEOUT_MS, signal });
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

/** Listeners of this machine are asked past their names, which are those of the public URLs. */
function placesOf({ publicUrl, pageUrl, certificateUrls }: StatusContext['settings']): readonly Place[] {
  const given = [publicUrl, pageUrl, ...certificateUrls].flatMap((url) => (url === undefined ? [] : [new URL(url)]));
  const places = given.flatMap((url): readonly Place[] => {
    if (url.protocol !== 'https:') return [];
    const isLocal = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
    const port = url.port === '' ? '443' : url.port;
    return [
      {
        where: isLocal ? `instance: port ${port} of this machine` : `${url.hostname}:${port}`,
        url,
        checksName: !isLocal,
      },
    ];
  });
  return [...new Map(places.map((place) => [place.where, place])).values()];
}

export const certificatesPart: StatusPartDefinition = {
  name: 'certificates',
  migrations: [],
  open: (context) => new Certificates(context),
};
