/**
 * HTTP by hand, for what a library would set right: HTTP/1.0, targets that no URL parser may touch, bodies that end as old
 * clients end them.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface RawRequest {
  /** Scheme, host and port; its path does not count. */
  readonly url: string;
  /** Sent as it stands. */
  readonly target: string;
  readonly method?: string;
  /** Default `1.1`. */
  readonly version?: '1.0' | '1.1';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

export interface RawAnswer {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const SILENCE_MS = 20_000;

function open(url: URL, whenOpen: () => void): Socket {
  const { hostname: host } = url;
  if (url.protocol === 'https:') return connectTls({ host, servername: host, port: Number(url.port || 443) }, whenOpen);
  return connect({ host, port: Number(url.port || 80) }, whenOpen);
}

/** The server is asked to close, so that the end of the connection is the end of the answer. */
export function rawExchange(request: RawRequest): Promise<RawAnswer> {
  const { target, method = 'GET', version = '1.1', body } = request;
  const url = new URL(request.url);
  const headers = {
    host: url.host,
    ...(version === '1.1' ? { connection: 'close' } : {}),
    ...(body === undefined ? {} : { 'content-length': String(body.length) }),
    ...request.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `${method} ${target} HTTP/${version}\r\n${lines.join('')}\r\n`;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = open(url, () => {
      socket.write(head);
      if (body !== undefined) socket.write(body);
    });
    socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error(`silence on ${method} ${target}`)));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('end', () => {
      socket.end();
      const parsed = parseAnswer(Buffer.concat(chunks));
      if (parsed instanceof Error) reject(parsed);
      else resolve(parsed);
    });
  });
}

/** @returns an error for what is no HTTP answer. */
function parseAnswer(bytes: Buffer): RawAnswer | Error {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return new Error(`no complete head in ${JSON.stringify(bytes.toString('latin1').slice(0, 200))}`);
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const match = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(first);
  if (match === null) return new Error(`no status line: ${first}`);
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const body = bytes.subarray(end + 4);
  const content = headers.get('transfer-encoding') === 'chunked' ? dechunked(body) : body;
  if (content === undefined) return new Error('a chunk has no size');
  return { status: Number(match[1]), reason: match[2] ?? '', headers, body: content };
}

function dechunked(bytes: Buffer): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    if (lineEnd < 0 || Number.isNaN(size)) return undefined;
    if (size === 0) return Buffer.concat(pieces);
    pieces.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
