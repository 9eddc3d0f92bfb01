/**
 * The registry's wire on plain `node:http`, for processes that keep asking for as long as they run.
 *
 * Source: Node.js, "HTTP", `http.request`, the order of events in each way an exchange can end.
 */
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

import { maxAnswerBytes, parsedJson } from './registry-sender.ts';
import type { RegistryAnswer, RegistryRequest } from './registry-sender.ts';

export async function sendByNode(request: RegistryRequest): Promise<RegistryAnswer> {
  const { method, url, token, body, timeoutMs, signal } = request;
  const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const exchange = open(url, {
    method,
    // A connection of its own.
    agent: false,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      ...(bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length }),
    },
    ...(signal === undefined ? {} : { signal }),
  });
  const timer = setTimeout(() => exchange.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  try {
    exchange.end(bytes);
    const response = await responseOf(exchange);
    return { status: response.statusCode ?? 0, data: parsedJson(await textOf(response)) };
  } finally {
    clearTimeout(timer);
    exchange.destroy();
  }
}

function responseOf(exchange: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    exchange.once('response', resolve);
    // Stays for the whole exchange: what breaks later is told by the response too.
    exchange.on('error', reject);
  });
}

/** @throws {Error} when the body breaks off or is larger than any answer of the registry. */
async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw new Error(`an answer of more than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
