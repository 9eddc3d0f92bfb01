/**
 * `$batch`: several reads in one POST, for which NuGet 2.x has a use when a query is too long for a URL (`GetUpdates` of many packages).
 *
 * Reads are answered one after the other, each with a status of its own; what changes something (change sets) is refused, since OData
 * is not how packages are pushed here.
 *
 * Source: OData 2.0, "Batch Processing"; NuGet.Core 2.8, SmartDataServiceQuery. Differs on purpose: the boundary is that of the
 * body's first line, whatever the content type says.
 */
import { createHash } from 'node:crypto';
import type { Answer, BytesAnswer, FeedQuery } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import { shown } from './odata-literal.ts';
import { parsePath } from './odata-url.ts';

/** Most reads of one batch; together they cost no more than one query may. */
const MAX_READS = 16;

/** The first line of a multipart body. Source: RFC 2046, section 5.1.1. */
const BOUNDARY = /^\s*(--[\w'()+,./:=?-]{1,70})[ \t]*\n/;
const REQUEST_LINE = /^(GET|POST|HEAD|PUT|PATCH|MERGE|DELETE)[ \t]+(\S.*?)(?:[ \t]+HTTP\/\d(?:\.\d)?)?[ \t]*$/;

/**
 * @param answer - answers one read.
 * @throws ProblemError `FF_INVALID_QUERY` for what is no batch.
 */
export async function answerBatch(
  query: FeedQuery,
  answer: (read: FeedQuery) => Promise<Answer>,
): Promise<BytesAnswer> {
  const answers: Buffer[] = [];
  for (const part of partsOf(query.body)) answers.push(await answerPart(part, query, answer));
  // No content holds the hash of itself.
  const hash = createHash('sha256');
  for (const each of answers) hash.update(each);
  const boundary = `batchresponse_${hash.digest('hex').slice(0, 32)}`;
  const head = `--${boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n`;
  const parts = answers.flatMap((each) => [Buffer.from(head), each, Buffer.from('\r\n')]);
  return {
    kind: 'bytes',
    status: 202,
    contentType: `multipart/mixed; boundary=${boundary}`,
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
    gzip: 'negotiated',
    keep: 'none',
    headers: { DataServiceVersion: '2.0;' },
  };
}

/** The parts with their headers, without the lines between them. */
function partsOf(body: string): readonly string[] {
  const text = body.replaceAll('\r\n', '\n');
  const boundary = BOUNDARY.exec(text)?.[1];
  if (boundary === undefined) throw malformed('a multipart body that starts with --boundary', text);
  const [, ...pieces] = `\n${text.trimStart()}`.split(`\n${boundary}`);
  const end = pieces.findIndex((piece) => piece.startsWith('--'));
  if (end < 0) throw malformed(`${boundary}-- at the end`, text.slice(-40));
  if (end > MAX_READS) throw malformed(`at most ${MAX_READS} reads`, String(end));
  return pieces.slice(0, end);
}

async function answerPart(
  part: string,
  query: FeedQuery,
  answer: (read: FeedQuery) => Promise<Answer>,
): Promise<Buffer> {
  try {
    return written(await answer(readOf(part, query)));
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const body = Buffer.from(JSON.stringify(error.toDocument()));
    return response(`${error.status} ${error.reasonPhrase}`, { 'Content-Type': 'application/problem+json' }, body);
  }
}

/** The read that a part asks for, of the same feed as the batch, whatever its URL says. */
function readOf(part: string, query: FeedQuery): FeedQuery {
  const [headers = '', request = '', ...body] = part.replace(/^[ \t]*\n/, '').split(/\n[ \t]*\n/);
  if (/^content-type:\s*multipart\//im.test(headers)) throw readsOnly();
  const [line = ''] = request.trimStart().split('\n');
  const [, method, target] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || target === undefined) throw malformed('GET Packages() HTTP/1.1', line);
  if (method !== 'GET' && method !== 'POST') throw readsOnly();
  const { path, search } = located(target, query.baseUrl);
  const { resource, segments } = parsePath(path);
  if (resource === '$batch' || resource === 'package' || segments.at(-1) === '$value') {
    throw malformed('queries and entries, not files or batches', target);
  }
  // What the batch accepts is a batch.
  return { ...query, variant: '', method, path, search, body: method === 'POST' ? body.join('\n\n').trim() : '' };
}

/** @param target - an absolute URL, an absolute path, or one that is relative to the service root. */
function located(target: string, baseUrl: string): Pick<FeedQuery, 'path' | 'search'> {
  const root = `${baseUrl}/`;
  const url = URL.canParse(target, root) ? new URL(target, root) : undefined;
  const rootPath = new URL(root).pathname;
  if (url?.pathname.toLowerCase().startsWith(rootPath.toLowerCase()) !== true) {
    throw malformed('a URL below that of the batch', target);
  }
  return { path: url.pathname.slice(rootPath.length - 1), search: url.search.slice(1) };
}

function written(answer: Answer): Buffer {
  if (answer.kind !== 'bytes') throw malformed('queries and entries', 'a file');
  const { contentType, body, headers } = answer;
  return response('200 OK', { ...headers, 'Content-Type': contentType }, body);
}

function response(status: string, headers: Readonly<Record<string, string>>, body: Buffer): Buffer {
  const lines = Object.entries({ ...headers, 'Content-Length': String(body.length) });
  const head = [`HTTP/1.1 ${status}`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head), body]);
}

function readsOnly(): ProblemError {
  return new ProblemError('methodNotAllowed', { detail: 'A batch takes reads only, no change sets.' });
}

function malformed(wanted: string, got: string): ProblemError {
  return new ProblemError('invalidQuery', { detail: `$batch: expected ${wanted}, got ${shown(got)}` });
}
