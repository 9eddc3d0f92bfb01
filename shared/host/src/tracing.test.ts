import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HostFixture } from './host-fixture.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

interface Export {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Span[] }[] }[];
}

const fixture = new HostFixture();
let collector: Server;
let endpoint: string;
let spans: Span[];

beforeEach(async () => {
  spans = [];
  collector = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(body) as Export;
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => void collector.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
});
afterEach(async () => {
  await fixture.end();
  await new Promise((resolve) => collector.close(resolve));
});

async function spansOf(ratio: number, headers: Record<string, string> = {}): Promise<readonly Span[]> {
  let passedOn = '';
  const host = await fixture.start({
    traces: { endpoint, ratio },
    handler: (_request, response, context) => {
      passedOn = context.traceparent;
      response.end();
    },
  });
  await fetch(`${host.url}/F/a/auth/secret/api/v2?x=1`, { headers });
  await host.drain();
  for (const { spanId } of spans) expect(passedOn).toContain(spanId);
  return spans;
}

describe('a span', () => {
  it('is sent for a request, without the keys in its path', async () => {
    const [span, ...others] = await spansOf(1);
    expect(others).toEqual([]);
    expect(span).toMatchObject({ name: 'GET' });
    expect(span?.parentSpanId).toBeUndefined();
    const values = new Map(span?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
    expect(values.get('url.path')).toBe('/F/a/auth/[redacted]/api/v2');
    expect(values.get('http.response.status_code')).toBe(200);
  });

  it.each([
    ['is the child of its caller', '01', 1],
    ['is not sent in a trace that is not recorded', '00', 0],
  ])('%s', async (_, flags, count) => {
    const [trace, parent] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
    const sent = await spansOf(0, { traceparent: `00-${trace}-${parent}-${flags}` });
    expect(sent.map(({ traceId, parentSpanId }) => [traceId, parentSpanId])).toEqual(
      count === 0 ? [] : [[trace, parent]],
    );
  });

  it('is not sent for a trace that begins outside of the share', async () => {
    expect(await spansOf(0)).toEqual([]);
  });
});

describe('a collector that is away', () => {
  it('costs no request and no drain', async () => {
    const host = await fixture.start({
      traces: { endpoint: 'http://127.0.0.1:1/v1/traces', ratio: 1 },
      handler: (_request, response) => void response.end('whole'),
    });
    expect(await (await fetch(`${host.url}/x`)).text()).toBe('whole');
    await host.drain();
  });
});
