/** Foreign sources over plain `fetch`: for a machine that reaches its registry at an address which no source may lead to. */
import { Readable } from 'node:stream';

import type { SourceHttp, SourceRequest, SourceResponse, SourceTarget } from '@feedfleet/source-http';

export function plainHttp(): SourceHttp {
  async function request(_: SourceTarget, { url, accept, ifNoneMatch, ask, stream }: SourceRequest): Promise<never> {
    const headers = { accept, ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }) };
    const response = await fetch(url, { headers, signal: ask.signal });
    const body =
      stream === true
        ? Readable.fromWeb(response.body ?? new Blob([]).stream())
        : Buffer.from(await response.arrayBuffer());
    const answer: SourceResponse<Buffer | Readable> = {
      ...{ status: response.status, headers: Object.fromEntries(response.headers), body, finalUrl: response.url },
      ...{ requests: 1, tookMs: 0 },
    };
    return answer as never;
  }
  return { request, states: () => [], stateOf: () => undefined, close: () => undefined };
}
