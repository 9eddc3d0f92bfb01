/**
 * Whether a client takes gzip.
 *
 * Source: RFC 9110, section 12.5.3 "Accept-Encoding", and 12.4.2 "Quality Values".
 */

/**
 * @param header - `Accept-Encoding` as sent. None means identity only: 2.8.7 to 3.4 send none and do not unpack.
 * @example
 * acceptsGzip('gzip, deflate'); // true
 * acceptsGzip('gzip;q=0, *'); // false
 */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) return false;
  // What nearly every client sends.
  if (header === 'gzip' || header === 'gzip, deflate' || header === 'gzip, deflate, br') return true;
  let wildcard = false;
  for (const element of header.toLowerCase().split(',')) {
    const [coding = '', ...parameters] = element.split(';').map((part) => part.trim());
    if (coding === 'gzip' || coding === 'x-gzip') return isWanted(parameters);
    if (coding === '*') wildcard = isWanted(parameters);
  }
  return wildcard;
}

function isWanted(parameters: readonly string[]): boolean {
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  // What cannot be read is not wanted: identity is right for everybody.
  return quality === undefined || Number(quality.slice(2)) > 0;
}
