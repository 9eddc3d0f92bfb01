/** Answers read from bytes, in whatever pieces they come. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RESPONSE_HOP_HEADERS } from '../hop-by-hop.ts';
import { HeaderNames } from './header-names.ts';
import type { ResponseHead } from './response-head.ts';
import { ResponseParser } from './response-parser.ts';
import type { ParserOutcome } from './response-parser.ts';

interface Read {
  readonly outcome: ParserOutcome;
  readonly head: ResponseHead | undefined;
  readonly heads: number;
  readonly body: string;
  readonly ends: number;
}

const names = new HeaderNames(RESPONSE_HOP_HEADERS);

/** Feeds pieces until one of them is the last one, as a connection does. */
function read(pieces: readonly Buffer[], { isHead = false, closes = false } = {}): Read {
  let body = '';
  let heads = 0;
  let ends = 0;
  const sink = {
    head: () => {
      heads++;
    },
    body: (part: Buffer) => {
      body += part.toString('latin1');
    },
    end: () => {
      ends++;
    },
  };
  const parser = new ResponseParser(sink, { names, isHead, replaced: { 'x-ours': '' } });
  let outcome: ParserOutcome = 'more';
  for (const piece of pieces) {
    outcome = parser.take(piece);
    if (outcome !== 'more') break;
  }
  if (closes && outcome === 'more') outcome = parser.finish();
  return { outcome, head: parser.head, heads, body, ends };
}

const whole = (text: string): Buffer[] => [Buffer.from(text, 'latin1')];
const bytes = (text: string): Buffer[] => [...Buffer.from(text, 'latin1')].map((byte) => Buffer.from([byte]));
const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

describe('an answer', () => {
  const answers = {
    'with a length': [`${OK}ETag: "r1"\r\nContent-Length: 5\r\n\r\nhello`, 'hello'],
    'of length 0': [`${OK}Content-Length: 0\r\n\r\n`, ''],
    'of chunks': [`${CHUNKED}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`, 'hello'],
    'of chunks with leading zeros and capitals': [`${CHUNKED}000A\r\n0123456789\r\n00\r\n\r\n`, '0123456789'],
    'of chunks with extensions': [`${CHUNKED}5;name=value;q="a b"\r\nhello\r\n0;last\r\n\r\n`, 'hello'],
    'of chunks with trailers': [`${CHUNKED}5\r\nhello\r\n0\r\nX-A: b\r\nX-C:\r\n\r\n`, 'hello'],
    'after interim answers': [
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}Content-Length: 2\r\n\r\nhi`,
      'hi',
    ],
    'without a reason phrase': ['HTTP/1.1 204\r\n\r\n', ''],
    'with an empty reason phrase': ['HTTP/1.1 204 \r\n\r\n', ''],
    '304 that says how long it would be': ['HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n', ''],
    'with bytes above 127 in reason and fields': ['HTTP/1.1 204 Pr\xfcfung\r\nX-A: \xe4\r\n\r\n', ''],
  } as const;
  for (const [what, [text, body]] of Object.entries(answers)) {
    it(`${what} is read whole, byte by byte, and cut in two anywhere`, () => {
      const expected = read(whole(text));
      expect(expected).toMatchObject({ outcome: 'done', body, heads: 1, ends: 1 });
      expect(read(bytes(text))).toEqual(expected);
      const buffer = Buffer.from(text, 'latin1');
      for (let at = 1; at < buffer.length; at++) {
        expect(read([buffer.subarray(0, at), buffer.subarray(at)])).toEqual(expected);
      }
    });
  }

  it('keeps status, reason and fields as they are, without those of the connection and those replaced', () => {
    const { head } = read(
      whole(
        `HTTP/1.1 409 Exists  already\r\nX-Odd-CASE:1\r\nKeep-Alive: timeout=5\r\nConnection: x-inner, keep-alive\r\nX-Inner: 2\r\n` +
          'Upgrade: h2c\r\nX-Ours: theirs\r\nX-Empty:\r\nX-Blank: \t a b \t\r\nContent-Length: 0\r\n\r\n',
      ),
    );
    expect(head).toMatchObject({ status: 409, reason: 'Exists  already', persistent: true, keepAlive: 'timeout=5' });
    expect(head?.headers).toEqual(['X-Odd-CASE', '1', 'X-Empty', '', 'X-Blank', 'a b', 'Content-Length', '0']);
  });

  it('to HEAD ends with its head', () => {
    expect(read(whole(`${OK}Content-Length: 5\r\n\r\n`), { isHead: true })).toMatchObject({
      outcome: 'done',
      body: '',
    });
    expect(read(whole(CHUNKED), { isHead: true })).toMatchObject({ outcome: 'done', body: '' });
  });

  it('without a length ends with the connection, which takes no other request', () => {
    const got = read(bytes(`${OK}\r\nuntil the end`), { closes: true });
    expect(got).toMatchObject({ outcome: 'done', body: 'until the end', ends: 1, head: { persistent: false } });
  });

  it.each(['Connection: close', 'Connection: Keep-Alive, Close', 'Connection: a\r\nConnection: close'])(
    'with %s leaves no connection to use',
    (field) => {
      expect(read(whole(`${OK}${field}\r\nContent-Length: 0\r\n\r\n`)).head?.persistent).toBe(false);
    },
  );

  it.each([`${OK}Content-Length: 5\r\n\r\nhell`, `${CHUNKED}5\r\nhello\r\n`, `${CHUNKED}5\r\nhello\r\n0\r\n`, OK])(
    'that is cut is not taken for a whole one: %j',
    (text) => {
      expect(read(whole(text), { closes: true })).toMatchObject({ outcome: 'more', ends: 0 });
    },
  );

  it.each([
    `${OK}Content-Length: 2\r\n\r\nhi${OK}`,
    `${CHUNKED}2\r\nhi\r\n0\r\n\r\n\n`,
    'HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nhi',
  ])('with bytes after its end is delivered without them, and told: %j', (text) => {
    const { outcome, body, ends } = read(whole(text));
    expect([outcome, ends]).toEqual(['excess', 1]);
    expect(['hi', '']).toContain(body);
  });
});

describe('what is refused', () => {
  const heads = {
    'another protocol': 'SMTP ready\r\n\r\n',
    'another version': 'HTTP/2.0 200 OK\r\n\r\n',
    'a status of two digits': 'HTTP/1.1 20 OK\r\n\r\n',
    'a status of four digits': 'HTTP/1.1 2000 OK\r\n\r\n',
    'a status of 999': 'HTTP/1.1 999 OK\r\n\r\n',
    'two spaces before the status': 'HTTP/1.1  200 OK\r\n\r\n',
    'an empty line first': `\r\n${OK}\r\n`,
    'a change of protocol': 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n',
    'a field without a colon': `${OK}X-A b\r\n\r\n`,
    'a colon in the next line': `${OK}X-A\r\nb: c\r\n\r\n`,
    'a name that is empty': `${OK}: b\r\n\r\n`,
    'a space before the colon': `${OK}Content-Length : 0\r\n\r\n`,
    'a folded line': `${OK}X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n`,
    'a bare line feed': `${OK}X-A: b\nX-C: d\r\n\r\n`,
    'a head of bare line feeds': 'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
    'a bare carriage return': `${OK}X-A: b\rX-C: d\r\n\r\n`,
    'a null character': `${OK}X-A: b\0\r\n\r\n`,
    'a length that is negative': `${OK}Content-Length: -1\r\n\r\n`,
    'a length that is hexadecimal': `${OK}Content-Length: 0x1\r\n\r\n`,
    'a length that is empty': `${OK}Content-Length:\r\n\r\n`,
    'a length beyond counting': `${OK}Content-Length: 9999999999999999\r\n\r\n`,
    'a list of lengths': `${OK}Content-Length: 1, 1\r\n\r\n`,
    'two lengths': `${OK}Content-Length: 1\r\nContent-Length: 1\r\n\r\n`,
    'a length beside a coding': `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'another coding': `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`,
    'two codings': `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'a coding in HTTP/1.0': 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    'a head without bounds': `${OK}X-A: ${'x'.repeat(20_000)}\r\n\r\n`,
    'a head without end': `${OK}X-A: ${'x'.repeat(20_000)}`,
    'interim answers without end': 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000),
  };
  const bodies = {
    'a size that is none': 'g\r\n',
    'an empty size': '\r\n',
    'a negative size': '-1\r\n',
    'a size with a sign': '+5\r\nhello\r\n',
    'a size with 0x': '0x5\r\nhello\r\n',
    'a size with a space before it': ' 5\r\nhello\r\n',
    'a size with a space after it': '5 \r\nhello\r\n',
    'a size beyond counting': '1000000000000\r\n',
    'a size of zeros without end': '0'.repeat(100),
    'a size with a bare line feed': '5\nhello\r\n',
    'a chunk that is longer than its size': '5\r\nhellooo\r\n0\r\n\r\n',
    'a chunk with a bare line feed after it': '5\r\nhello\n0\r\n\r\n',
    'an extension with a line feed': '5;a\nb\r\nhello\r\n',
    'extensions without end': `5;${'x'.repeat(20_000)}`,
    'extensions that add up': '1;xxxxxxxxxxxxxxxxxxxxxxxxxxx\r\na\r\n'.repeat(1_000),
    'a trailer without a colon': '0\r\nX-A b\r\n\r\n',
    'a trailer without a name': '0\r\n: b\r\n\r\n',
    'a folded trailer': '0\r\nX-A: b\r\n c\r\n\r\n',
    'empty trailers without end': `0\r\n${'a:\r\n'.repeat(5_000)}`,
    'empty extensions without end': '1;\r\na\r\n'.repeat(20_000),
    'trailers without end': `0\r\n${'X-A: b\r\n'.repeat(5_000)}`,
    'a bare line feed at the end': '0\r\n\n',
  };
  const cases = [
    ...Object.entries(heads),
    ...Object.entries(bodies).map(([what, text]) => [what, CHUNKED + text] as const),
  ];
  it.each(cases)('%s, whole and byte by byte', (_what, text) => {
    expect(read(whole(text))).toMatchObject({ outcome: 'invalid', ends: 0 });
    expect(read(bytes(text))).toMatchObject({ outcome: 'invalid', ends: 0 });
  });
});

describe('any bytes', () => {
  /** Pieces that mean something, so that chance finds its way behind the head. */
  const fragment = fc.oneof(
    ...[
      OK,
      CHUNKED,
      'Content-Length: 3\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Connection: close\r\n',
      'X: y\r\n',
    ].map((text) => fc.constant(text)),
    ...['\r\n', '\n', '\r', ' ', ':', ';', '0\r\n\r\n', '3\r\nabc\r\n', 'HTTP/1.1 100 Continue\r\n\r\n'].map((text) =>
      fc.constant(text),
    ),
    fc.string({ unit: 'binary-ascii', maxLength: 8 }),
  );
  const stream = fc.array(fragment, { maxLength: 12 }).map((parts) => Buffer.from(parts.join(''), 'latin1'));

  it('end in the same way however they are cut, and never throw', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(200), { maxLength: 6 }), (buffer, cuts) => {
        const at = [0, ...cuts.map((cut) => Math.min(cut, buffer.length)), buffer.length].sort((a, b) => a - b);
        const pieces = at.slice(1).map((end, index) => buffer.subarray(at[index], end));
        const ended = read([buffer], { closes: true });
        const pieced = read(
          pieces.filter(({ length }) => length > 0),
          { closes: true },
        );
        // Excess shows as such only where it came together with the end.
        const isEnd = (outcome: ParserOutcome): boolean => outcome === 'done' || outcome === 'excess';
        expect(isEnd(pieced.outcome)).toBe(isEnd(ended.outcome));
        if (isEnd(ended.outcome)) expect(pieced).toEqual({ ...ended, outcome: pieced.outcome });
        expect(ended.ends).toBe(isEnd(ended.outcome) ? 1 : 0);
      }),
      { numRuns: 3_000 },
    );
  });

  it('behind a valid answer never become a part of it', () => {
    const body = fc.string({ unit: 'binary-ascii', maxLength: 40 });
    fc.assert(
      fc.property(body, stream, fc.boolean(), (text, after, isChunked) => {
        const size = text.length.toString(16);
        const framed = isChunked
          ? `${CHUNKED}${text === '' ? '' : `${size}\r\n${text}\r\n`}0\r\n\r\n`
          : `${OK}Content-Length: ${text.length}\r\n\r\n${text}`;
        const got = read([Buffer.concat([Buffer.from(framed, 'latin1'), after])]);
        expect(got).toMatchObject({ outcome: after.length === 0 ? 'done' : 'excess', body: text, ends: 1, heads: 1 });
      }),
      { numRuns: 1_000 },
    );
  });
});
