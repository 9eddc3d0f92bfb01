/**
 * One HTTP exchange, taken as it is on the wire: the reason phrase, the raw bytes, nothing decoded and nothing followed.
 *
 * `fetch` decodes gzip, hides HEAD's length and takes no certificate or address of its own, so it is of no use for most of this.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';

export interface ExchangeOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes are sent with their length, a stream in chunks. */
  readonly body?: Buffer | Iterable<Buffer> | AsyncIterable<Buffer>;
  /** Connections are kept in it; each exchange has one of its own by default. */
  readonly agent?: http.Agent;
  /** The longest silence, in milliseconds. Default 20,000. */
  readonly timeoutMs?: number;
  /** For a host name that no resolver knows: where it is, and the certificate that it is trusted by. */
  readonly through?: { readonly port: number; readonly certificate: string };
  /** Takes the body instead of keeping it. */
  readonly onChunk?: (chunk: Buffer) => void;
}

export interface Exchange {
  readonly status: number;
  readonly reason: string;
  readonly headers: http.IncomingHttpHeaders;
  /** As received. */
  readonly body: Buffer;
  /** Unzipped when it says that it is zipped. */
  readonly text: string;
}

const SILENCE_MS = 20_000;

function requestOf(url: string, options: ExchangeOptions): http.ClientRequest {
  const { method = 'GET', headers = {}, body, agent, through } = options;
  const length = Buffer.isBuffer(body) ? { 'content-length': String(body.length) } : {};
  const target = new URL(url);
  const common = { method, headers: { ...length, ...headers }, agent: agent ?? false } as const;
  if (target.protocol === 'http:') return http.request(target, common);
  const { port = 443, certificate } = through ?? {};
  return https.request({
    ...common,
    path: target.pathname + target.search,
    host: '127.0.0.1',
    port,
    servername: target.hostname,
    ca: certificate,
    headers: { ...common.headers, host: target.host },
  });
}

/** Rejects when the connection breaks before the whole answer is there. */
export function exchange(url: string, options: ExchangeOptions = {}): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const request = requestOf(url, options);
    const chunks: Buffer[] = [];
    request.setTimeout(options.timeoutMs ?? SILENCE_MS, () => {
      request.destroy(new Error(`silence on ${options.method ?? 'GET'} ${url}`));
    });
    request.on('error', reject);
    request.on('response', (response) => {
      response.on('data', options.onChunk ?? ((chunk: Buffer) => chunks.push(chunk)));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        const { statusCode: status = 0, statusMessage: reason = '', headers } = response;
        const isZipped = headers['content-encoding'] === 'gzip' && body.length > 0;
        resolve({ status, reason, headers, body, text: (isZipped ? gunzipSync(body) : body).toString() });
      });
    });
    const { body } = options;
    if (body === undefined || Buffer.isBuffer(body)) request.end(body);
    else Readable.from(body).on('error', reject).pipe(request);
  });
}
