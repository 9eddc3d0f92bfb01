/**
 * A package as clients of each generation put it into a request. Pure.
 *
 * Source: recordings of NuGet 2.8.7, 3.4.4, 4.7.1 and of the .NET SDK.
 */

export interface PushForm {
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes are sent with their length, a list in chunks. */
  readonly body: Buffer | readonly Buffer[];
}

const OLD_BOUNDARY = '---------------------------8df2a1c3b5e7f90';
const NEW_BOUNDARY = '1f0e7e4c-8a3b-4f4e-9d5a-0c7b1a2d3e4f';

/** NuGet 4 and newer: the disposition behind the type, names without quotes, the boundary with them, in chunks. */
export function modernForm(content: Buffer): PushForm {
  const head = [
    `--${NEW_BOUNDARY}`,
    'Content-Type: application/octet-stream',
    "Content-Disposition: form-data; name=package; filename=package.nupkg; filename*=utf-8''package.nupkg",
  ];
  const half = Math.floor(content.length / 2);
  return {
    headers: {
      'content-type': `multipart/form-data; boundary="${NEW_BOUNDARY}"`,
      'user-agent': 'NuGet xplat/7.0.0',
      'x-nuget-protocol-version': '4.1.0',
      'x-nuget-session-id': '5a0f0d5c-3f57-4e9a-a7a0-1d1b4e3c2f10',
    },
    body: [
      Buffer.from(`${head.join('\r\n')}\r\n\r\n`),
      content.subarray(0, half),
      content.subarray(half),
      Buffer.from(`\r\n--${NEW_BOUNDARY}--\r\n`),
    ],
  };
}

/** NuGet 3.4: like the newer ones, with a length. */
export function lengthForm(content: Buffer): PushForm {
  const { headers, body } = modernForm(content);
  return { headers, body: Buffer.concat(body as readonly Buffer[]) };
}

/**
 * NuGet 2.8 and 3.3: quoted names.
 *
 * @param lineEnd - before the last boundary; on mono it is a bare line feed.
 */
export function oldForm(content: Buffer, lineEnd: '\n' | '\r\n'): PushForm & { readonly body: Buffer } {
  const head = [
    `--${OLD_BOUNDARY}`,
    'Content-Disposition: form-data; name="package"; filename="package"',
    'Content-Type: application/octet-stream',
  ].join('\r\n');
  const tail = `${lineEnd}--${OLD_BOUNDARY}--${lineEnd}`;
  return {
    headers: {
      'content-type': `multipart/form-data; boundary=${OLD_BOUNDARY}`,
      'user-agent': 'NuGet Command Line/2.8.7.0 (Unix 6.1.0.0)',
    },
    body: Buffer.concat([Buffer.from(`${head}\r\n\r\n`), content, Buffer.from(tail)]),
  };
}

/** Scripts: the file itself is the body. */
export function plainForm(content: Buffer): PushForm & { readonly body: Buffer } {
  return { headers: { 'content-type': 'application/octet-stream' }, body: content };
}

/** A field before the file, as upload forms and curl send it. */
export function formWithField(content: Buffer): PushForm & { readonly body: Buffer } {
  const field = `--${OLD_BOUNDARY}\r\nContent-Disposition: form-data; name="note"\r\n\r\nfirst\r\n`;
  const { headers, body } = oldForm(content, '\r\n');
  return { headers, body: Buffer.concat([Buffer.from(field), body]) };
}
