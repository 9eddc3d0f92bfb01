/** A foreign source over a gallery of a test. */
import { afterEach } from '@jest/globals';
import { ByteBoundedCache } from '@feedfleet/byte-bounded-cache';
import { askUntil } from '@feedfleet/package-source-conformance';
import { createSourceHttp } from '@feedfleet/source-http';
import type { SourceHttp } from '@feedfleet/source-http';

import { Gallery } from './gallery-fixture.ts';
import type { Answerer } from './gallery-fixture.ts';
import type { PackageSource, SourceSearch } from './package-source.ts';
import type { ForeignSourceOptions } from './source-call.ts';
import type { Oddity } from './told-version.ts';

export interface SourceFixture {
  readonly source: PackageSource;
  readonly gallery: Gallery;
  readonly oddities: readonly Oddity[];
  /** Sets the clock forward. */
  readonly advance: (milliseconds: number) => void;
  readonly dispose: () => Promise<void>;
}

/** Waits as long as it takes. */
export const ask = askUntil(new AbortController().signal);
/** For all that there is. */
export const search: SourceSearch = {
  ...{ text: '', includePrerelease: true, includeSemVer2: true, packageType: null, take: 100, filters: [] },
};

/** A sound gallery but for what is answered here. */
export const galleryBut =
  (gallery: Answerer) =>
  (answer: Answerer): Answerer =>
  async (url, request) =>
    (await answer(url, request)) ?? gallery(url, request);

/** Opens sources that are closed after each test of the file. */
export function sourcesOfTests(
  make: (options: ForeignSourceOptions) => PackageSource,
  path: string,
): (answer: Answerer) => Promise<SourceFixture> {
  const opened: SourceFixture[] = [];
  afterEach(async () => {
    for (const fixture of opened.splice(0)) await fixture.dispose();
  });
  return async (answer) => {
    const fixture = await openSource(make, answer, path);
    opened.push(fixture);
    return fixture;
  };
}

/** @param path - of the service index, or of the base URL. */
export async function openSource(
  make: (options: ForeignSourceOptions) => PackageSource,
  answer: Answerer,
  path: string,
): Promise<SourceFixture> {
  const gallery = await Gallery.open(answer);
  const http = createSourceHttp({ ownAddresses: () => [] });
  const oddities: Oddity[] = [];
  let now = 1000;
  const options = foreignOptions(http, gallery.origin, path);
  const source = make({ ...options, now: () => now, report: (oddity) => oddities.push(oddity) });
  return {
    ...{ source, gallery, oddities },
    advance: (milliseconds) => {
      now += milliseconds;
    },
    dispose: async () => {
      http.close();
      await gallery.close();
    },
  };
}

function foreignOptions(http: SourceHttp, origin: string, path: string): Omit<ForeignSourceOptions, 'now' | 'report'> {
  const target = {
    ...{ key: `test ${origin}`, sourceId: 'source-test', origin, allowPrivateAddresses: true, timeoutMs: 10_000 },
    authorization: () => ({}),
  };
  return { http, target, url: `${origin}${path}`, memory: new ByteBoundedCache<object>(64 * 1024 ** 2) };
}
