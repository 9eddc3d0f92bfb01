/** Requests of probes: plain `node:http` on kept connections, each with a deadline and a bound for the answer. */
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import { gunzipSync } from 'node:zlib';

export interface ProbeRequest {
  readonly url: URL;
  readonly method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Buffer;
  readonly timeoutMs: number;
}

export interface ProbeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** From the request to the end of the answer. */
  readonly ms: number;
}

/** Far more than any document about one package takes. */
const MAX_ANSWER_BYTES = 1_048_576;
const connections = { keepAlive: true, maxSockets: 8, maxFreeSockets: 8 };

export class ProbeClient {
  readonly #plain = new Agent(connections);
  readonly #secure = new SecureAgent(connections);

  /** @throws {Error} in words for the reason of a sample: `no answer within 4000 ms`. */
  async send(asked: ProbeRequest): Promise<ProbeAnswer> {
    const begun = performance.now();
    const { url, method = 'GET', headers = {}, body, timeoutMs } = asked;
    const isSecure = url.protocol === 'https:';
    const open = isSecure ? httpsRequest : httpRequest;
    const exchange = open(url, {
      method,
      agent: isSecure ? this.#secure : this.#plain,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-length': body.length }) },
    });
    const timer = setTimeout(() => exchange.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        exchange.once('response', resolve);
        exchange.on('error', reject);
        exchange.end(body);
      });
      const received = await bodyOf(response);
      const { statusCode: status = 0, headers: answered } = response;
      return { status, headers: answered, body: received, ms: performance.now() - begun };
    } catch (error) {
      throw new Error(reasonOf(error), { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Lets go of the connections that are kept. */
  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  const received = Buffer.concat(chunks);
  // Some documents of v3 come so whatever the client takes.
  if (response.headers['content-encoding'] !== 'gzip') return received;
  return gunzipSync(received, { maxOutputLength: MAX_ANSWER_BYTES });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  ENOTFOUND: 'the host name was not found',
  EAI_AGAIN: 'the host name could not be looked up',
  CERT_HAS_EXPIRED: 'the certificate has expired',
};

/** Without addresses: reasons stand on a public page. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== 'string')
    return error.message.startsWith('no answer') || error.message.startsWith('an answer')
      ? error.message
      : 'the answer broke off';
  return REASONS[code] ?? `the connection failed (${code})`;
}
