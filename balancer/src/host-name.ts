/**
 * Whether a `Host` is one: a registered name or an address with or without a port, and nothing that could end a URL early,
 * begin a header or be read as somebody else's host.
 *
 * Source: RFC 3986, section 3.2.2; RFC 9112, section 3.2 (a malformed one is answered with 400). Narrower than RFC 3986: no
 * percent-encoding and no sub-delimiters, which no name that resolves has.
 */
const HOST = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?$/;

/** @param host - without scheme or path: `feeds.example.org`, `10.0.0.1:8080`, `[::1]:8080`. */
export function isHost(host: string): boolean {
  if (host.length > 255) return false;
  const match = HOST.exec(host);
  return match !== null && Number(match[1] ?? 1) <= 65_535;
}
