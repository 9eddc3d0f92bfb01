/**
 * Requests and answers of HTTP/2 as the rest of the host knows them from HTTP/1.1: no pseudo headers, a `Host`, a framing that
 * says whether there is a body, no reason phrase.
 *
 * Source: RFC 9113, section 8.3.1 "Request Pseudo-Header Fields" and section 8.1.1 "Malformed Messages"; Node.js, "HTTP/2", "Compatibility API".
 */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { constants, Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { ServerHttp2Stream } from 'node:http2';
import type { Readable } from 'node:stream';

type ReadableOptions = ConstructorParameters<typeof Readable>[0];

export class StreamRequest extends Http2ServerRequest {
  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    options: ReadableOptions,
    rawHeaders: readonly string[],
  ) {
    super(stream, headers, options ?? {}, rawHeaders);
    const plain = plainHeaders(headers);
    const raw = rawHeaders.filter((_, index) => !isPseudo(rawHeaders[index - (index % 2)] ?? ''));
    const authority = headers[':authority'];
    if (typeof authority === 'string') {
      // A `Host` beside it that says the same is the same; one that says something else stays too, and two are malformed.
      if (plain.host !== authority) raw.unshift('host', authority);
      plain.host = authority;
    }
    if (!stream.endAfterHeaders && headers['content-length'] === undefined) {
      plain['transfer-encoding'] = 'chunked';
      raw.push('transfer-encoding', 'chunked');
    }
    // Over the accessors of the class, which have the pseudo headers.
    Object.defineProperties(this, { headers: { value: plain }, rawHeaders: { value: raw } });
  }
}

type Fields = OutgoingHttpHeaders | readonly string[];

export class StreamResponse extends Http2ServerResponse<StreamRequest> {
  constructor(stream: ServerHttp2Stream) {
    super(stream);
    Object.defineProperties(this, {
      destroyed: { get: () => stream.closed || stream.destroyed },
      // A stream that is taken back has finished too, by Node's account.
      writableFinished: { get: () => stream.writableFinished && !stream.aborted && isWhole(stream.rstCode) },
    });
  }

  override writeHead(status: number, fields?: Fields): this;
  override writeHead(status: number, reason: string, fields?: Fields): this;
  override writeHead(status: number, reasonOrFields?: string | Fields, fields?: Fields): this {
    const given = typeof reasonOrFields === 'string' ? fields : reasonOrFields;
    return given === undefined ? super.writeHead(status) : super.writeHead(status, given);
  }

  /** The client must not take half an answer for a whole one, so it is told of an error and not of an end. */
  override destroy(): this {
    this.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    return this;
  }
}

function isWhole(code: number | undefined): boolean {
  return code === undefined || code === constants.NGHTTP2_NO_ERROR;
}

function isPseudo(name: string): boolean {
  return name.charCodeAt(0) === 0x3a;
}

function plainHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const plain: IncomingHttpHeaders = {};
  for (const name in headers) if (!isPseudo(name)) plain[name] = headers[name];
  return plain;
}
