import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseStringPromise } from 'xml2js';
import { SampleFeed, pushKinds } from './sample-feed.ts';

let feed: SampleFeed;

beforeAll(async () => {
  feed = await SampleFeed.open(parseStringPromise);
  await pushKinds(feed);
});

afterAll(() => feed.close());

const ROOT = 'https://host.example/F/Main/auth/KEY/api/v2';

/** A batch as NuGet 2.8 writes it. */
function batchOf(requests: readonly string[], newline = '\r\n'): string {
  const head = ['Content-Type: application/http', 'Content-Transfer-Encoding: binary', ''];
  const parts = requests.flatMap((request) => ['--batch_1', ...head, request, '', '']);
  return [...parts, '--batch_1--', ''].join(newline);
}

/** The status lines and bodies of an answer's parts. */
async function ask(body: string): Promise<readonly { readonly status: string; readonly body: string }[]> {
  const { status, contentType, text } = await feed.document('/$batch', { method: 'POST', body });
  expect(status).toBe(202);
  const boundary = /^multipart\/mixed; boundary=(batchresponse_\w+)$/.exec(contentType)?.[1] ?? '';
  const [before, ...parts] = text.split(`--${boundary}`);
  expect([before, parts.pop()]).toEqual(['', '--\r\n']);
  return parts.map((part) => {
    const [mime = '', head = '', ...rest] = part.split('\r\n\r\n');
    expect(mime).toBe('\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary');
    const body = rest.join('\r\n\r\n').replace(/\r\n$/, '');
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body)}`);
    return { status: head.split('\r\n')[0] ?? '', body };
  });
}

describe('$batch', () => {
  it.each(['\r\n', '\n'])('answers every read by itself, in the order of the batch (line ends %j)', async (newline) => {
    const updates = "GetUpdates()?packageIds='Core%7CApp'&versions='1.0%7C0.1'&includePrerelease=false";
    const requests = [
      `GET ${ROOT}/${updates} HTTP/1.1`,
      'GET Packages()/$count HTTP/1.1',
      "GET /F/main/auth/KEY/api/v2/Packages(Id='Core',Version='1.0') HTTP/1.1",
      "GET Packages(Id='None',Version='1.0') HTTP/1.1",
    ];
    const parts = await ask(batchOf(requests, newline));
    expect(parts.map(({ status }) => status)).toEqual([
      ...['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', 'HTTP/1.1 200 OK'],
      'HTTP/1.1 404 No such package',
    ]);
    const [first, second, third, fourth] = parts;
    expect(first?.body).toBe((await feed.document(`/${updates}`)).text);
    expect(second?.body).toBe((await feed.document('/Packages()/$count')).text);
    expect(third?.body).toContain('<d:Version>1.0</d:Version>');
    expect(fourth?.body).toContain('FF_NO_SUCH_PACKAGE');
  });

  it('takes GetUpdates by POST, as outside', async () => {
    const request = "POST GetUpdates() HTTP/1.1\r\nHost: host.example\r\n\r\npackageIds='Core'&versions='1.0'";
    const [part] = await ask(batchOf([request]));
    expect(part?.body).toContain('<d:Version>1.10.0</d:Version>');
  });

  it('has all updates on one page, because those who ask in a batch follow no link', async () => {
    const ids = Array.from({ length: 101 }, (_id, index) => `Many.${index}`);
    for (const id of ids) await feed.push(id, '2.0.0');
    const lists = `packageIds='${ids.join('|')}'&versions='${ids.map(() => '1.0.0').join('|')}'`;
    const [part] = await ask(batchOf([`GET GetUpdates()?${lists} HTTP/1.1`]));
    expect([part?.body.split('<entry>').length, part?.body.includes('rel="next"')]).toEqual([102, false]);
  });

  it.each([
    ['DELETE Packages() HTTP/1.1', '405'],
    ['POST Packages() HTTP/1.1', '405'],
    ['GET package/Core/1.0.0 HTTP/1.1', '400'],
    ["GET Packages(Id='Core',Version='1.0')/$value HTTP/1.1", '400'],
    ['POST $batch HTTP/1.1', '400'],
    ['GET https://host.example/F/Other/api/v2/Packages() HTTP/1.1', '400'],
    ['GET ../../../../Other/api/v2/Packages() HTTP/1.1', '400'],
    ['GET', '400'],
    ['', '400'],
  ])('refuses %j and goes on with the rest', async (request, status) => {
    const parts = await ask(batchOf([request, 'GET Packages()/$count HTTP/1.1']));
    expect(parts.map((part) => part.status.split(' ')[1])).toEqual([status, '200']);
  });

  it('refuses change sets', async () => {
    const inner = '--set_1\r\nContent-Type: application/http\r\n\r\nPOST Packages HTTP/1.1\r\n\r\n\r\n--set_1--';
    const body = `--batch_1\r\nContent-Type: multipart/mixed; boundary=set_1\r\n\r\n${inner}\r\n--batch_1--\r\n`;
    expect((await ask(body)).map((part) => part.status.split(' ')[1])).toEqual(['405']);
  });

  it.each([
    ['', 'starts with --boundary'],
    ['GET Packages() HTTP/1.1', 'starts with --boundary'],
    ['--batch_1\r\n\r\nGET Packages() HTTP/1.1\r\n', '--batch_1-- at the end'],
    [batchOf(Array.from({ length: 17 }, () => 'GET Packages() HTTP/1.1')), 'at most 16 reads'],
  ])('refuses what is no batch within the bounds', async (body, wanted) => {
    const { code, detail } = await feed.problem('/$batch', { method: 'POST', body });
    expect([code, detail]).toEqual(['FF_INVALID_QUERY', expect.stringContaining(wanted)]);
  });

  it('is no page to read', async () => {
    expect((await feed.problem('/$batch')).code).toBe('FF_NO_SUCH_RESOURCE');
  });
});
