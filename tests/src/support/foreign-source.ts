/** A foreign package source over the guarded client, as the families ask one. */
import { ByteBoundedCache } from '@feedfleet/byte-bounded-cache';
import { v2Source, v3Source } from '@feedfleet/package-sources';
import type { Ask, PackageSource } from '@feedfleet/package-sources';
import { createSourceHttp } from '@feedfleet/source-http';

export interface ForeignSource {
  readonly source: PackageSource;
  readonly close: () => void;
}

export interface ForeignSourceTarget {
  readonly protocol: 'v2' | 'v3';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function foreignSource({ protocol, url, headers = {} }: ForeignSourceTarget): ForeignSource {
  const http = createSourceHttp({ ownAddresses: () => [] });
  const { origin } = new URL(url);
  const target = {
    ...{ key: url, sourceId: 'source-test', origin, allowPrivateAddresses: true, timeoutMs: 30_000 },
    authorization: () => headers,
  };
  const options = {
    http,
    target,
    url,
    memory: new ByteBoundedCache<object>(16 * 1024 ** 2),
    now: () => performance.now(),
  };
  return { source: protocol === 'v2' ? v2Source(options) : v3Source(options), close: () => http.close() };
}

export const ask: Ask = {
  ...{ signal: new AbortController().signal, remainingMs: () => 60_000, requestId: 'test', traceparent: '', chain: '' },
};
