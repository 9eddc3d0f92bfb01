import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';
import type { RawHandler, RequestContext } from '@feedfleet/host';

import { Alternates } from './alternates.ts';
import { openFixture, text } from './endpoint-fixture.ts';
import type { EndpointFixture, Received } from './endpoint-fixture.ts';
import type { FeedProtocol } from './protocol.ts';

const AS_OTHER = { 'x-feedfleet-family': 'other' };

let fixture: EndpointFixture | undefined;

afterEach(() => fixture?.close());

/** An endpoint that stands in for a family with the same paths as its own; what is loaded is counted. */
async function opened(other: Partial<FeedProtocol> = {}, load: () => void = () => undefined): Promise<EndpointFixture> {
  const protocol: FeedProtocol = {
    mount: '/api/v3',
    methods: ['GET', 'HEAD'],
    answer: ({ path }) => Promise.resolve(text(`other ${path}`)),
    ...other,
  };
  const alternates = {
    other: () => {
      load();
      return Promise.resolve(protocol);
    },
  };
  fixture = await openFixture({ alternates });
  fixture.answerWith(({ path }) => text(`own ${path}`));
  return fixture;
}

const bodyOf = ({ body }: Received): string => body.toString();
const codeOf = ({ body }: Received): string => (JSON.parse(body.toString()) as { code: string }).code;

describe('a request that names another family', () => {
  it('is answered by that protocol, and one of the same URL without a name by its own: both kept apart', async () => {
    const endpoint = await opened();
    const asked = async (headers = {}): Promise<string> => bodyOf(await endpoint.send('/F/Open/api/v3/x', { headers }));
    expect([await asked(), await asked(AS_OTHER), await asked(), await asked(AS_OTHER)]).toEqual([
      'own /x',
      'other /x',
      'own /x',
      'other /x',
    ]);
    expect(endpoint.queries).toHaveLength(1);
  });

  it('is judged as any other: a private feed stays private', async () => {
    const endpoint = await opened();
    const refused = await endpoint.send('/F/Closed/api/v3/x', { headers: AS_OTHER });
    expect([refused.status, codeOf(refused)]).toEqual([401, 'FF_UNAUTHENTICATED']);
  });

  it('takes the methods and the mounts of that family', async () => {
    const endpoint = await opened({ mount: '/api/v1', otherMounts: ['/v1'] });
    const at = (path: string, method = 'GET') => endpoint.send(path, { headers: AS_OTHER, method });
    expect(bodyOf(await at('/F/Open/v1/x'))).toBe('other /x');
    expect(codeOf(await at('/F/Open/api/v3/x'))).toBe('FF_NO_SUCH_RESOURCE');
    expect((await at('/F/Open/v1/x', 'POST')).headers.allow).toBe('GET, HEAD');
  });

  it('sees a change of the feed that was acknowledged before it, also when it is the one that loads the protocol', async () => {
    const endpoint = await opened();
    const ask = (headers = {}) => endpoint.send('/F/Open/api/v3/x', { headers });
    const [before, first] = [await ask(), await ask(AS_OTHER)];
    expect(first.headers.etag).toBe(before.headers.etag);
    endpoint.bump('open');
    expect((await ask()).headers.etag).not.toBe(first.headers.etag);
    expect((await ask(AS_OTHER)).headers.etag).not.toBe(first.headers.etag);
  });
});

describe('the protocol of another family', () => {
  it('is loaded with the first request that asks for it, once', async () => {
    let loads = 0;
    const endpoint = await opened({}, () => (loads += 1));
    await endpoint.send('/F/Open/api/v3/x');
    expect(loads).toBe(0);
    const ask = () => endpoint.send('/F/Open/api/v3/x', { headers: AS_OTHER });
    await ask();
    await ask();
    expect(loads).toBe(1);
  });

  it('is tried again when it could not be loaded', async () => {
    let loads = 0;
    const endpoint = await opened({}, () => {
      loads += 1;
      if (loads === 1) throw new Error('no such file');
    });
    const ask = () => endpoint.send('/F/Open/api/v3/x', { headers: AS_OTHER });
    expect((await ask()).status).toBe(500);
    expect(bodyOf(await ask())).toBe('other /x');
  });

  it('is refused with what there is when there is none', async () => {
    const endpoint = await opened();
    const refused = await endpoint.send('/F/Open/api/v3/x', { headers: { 'x-feedfleet-family': 'toString' } });
    expect([refused.status, codeOf(refused)]).toEqual([503, 'FF_UNAVAILABLE']);
    expect(bodyOf(refused)).toContain('stands in for other');
  });

  it('is its own where its own family is named', async () => {
    const endpoint = await opened();
    const answer = await endpoint.send('/F/Open/api/v3/x', { headers: { 'x-feedfleet-family': 'own' } });
    expect(bodyOf(answer)).toBe('own /x');
  });
});

describe('a family that does something else', () => {
  const AS_WRITER = { 'x-feedfleet-family': 'writer' };

  it('is opened with the first request that names it, and gets that request as it came', async () => {
    let opened = 0;
    const writer = (): Promise<RawHandler> => {
      opened += 1;
      return Promise.resolve((request, response) => response.writeHead(201).end(`${request.method} ${request.url}`));
    };
    fixture = await openFixture({ standIns: { writer } });
    const put = () => fixture?.send('/F/Open/any', { method: 'PUT', headers: AS_WRITER });
    expect(opened).toBe(0);
    for (const answer of [await put(), await put()]) {
      expect([answer?.status, answer?.body.toString()]).toEqual([201, 'PUT /F/Open/any']);
    }
    expect(opened).toBe(1);
  });

  it('is opened once for all that come meanwhile', async () => {
    const opening = Promise.withResolvers<RawHandler>();
    let [opened, handled, waited] = [0, 0, 0];
    const handlers = { writer: () => ((opened += 1), opening.promise) };
    const alternates = new Alternates({ family: 'own', handlers, waited: () => (waited += 1) });
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    const context = {} as RequestContext;
    for (let turn = 0; turn < 3; turn += 1) alternates.handle('writer', request, { response, context });
    opening.resolve(() => (handled += 1));
    await opening.promise;
    await new Promise(setImmediate);
    alternates.handle('writer', request, { response, context });
    expect({ opened, handled, waited }).toEqual({ opened: 1, handled: 4, waited: 3 });
  });
});
