/**
 * Which proxy of the environment leads to a URL, if any.
 *
 * Behind a proxy the address that is connected to is the proxy's own, so what a name leads to is for the proxy to decide. What can be judged
 * still is: addresses in URLs, the fleet's own names, and what this machine resolves the name to, when it resolves it at all.
 *
 * Source: Node.js, "HTTP", "Built-in Proxy Support": the variables, their order, and the forms of `NO_PROXY`.
 */

/** @returns undefined for the direct way. */
export type ProxyFor = (url: URL) => URL | undefined;

/**
 * Reads `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`; in lower case they count more.
 *
 * `NO_PROXY` is a list of names and addresses, each with a port if need be: `packages.example` is that host and all below it, as are
 * `.packages.example` and `*.packages.example`; `*` is everything.
 *
 * @returns undefined without any proxy.
 * @throws {Error} that names the variable, for a proxy that is no http URL.
 */
export function proxyFromEnvironment(environment: Readonly<Record<string, string | undefined>>): ProxyFor | undefined {
  const read = (name: string): string => environment[name.toLowerCase()] ?? environment[name] ?? '';
  const proxies = { 'http:': proxyIn('HTTP_PROXY', read), 'https:': proxyIn('HTTPS_PROXY', read) };
  if (proxies['http:'] === undefined && proxies['https:'] === undefined) return undefined;
  const direct = read('NO_PROXY')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  return (url) =>
    direct.some((entry) => isMeant(entry, url)) ? undefined : proxies[url.protocol as keyof typeof proxies];
}

function proxyIn(name: string, read: (name: string) => string): URL | undefined {
  const text = read(name).trim();
  if (text === '') return undefined;
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  // The text may hold a password.
  if (url?.protocol !== 'http:')
    throw new Error(`${name}: expected the URL of an http proxy, such as http://proxy.example:3128`);
  return url;
}

function isMeant(entry: string, url: URL): boolean {
  if (entry === '*') return true;
  const [, host = '', port] = /^(.*?)(?::([0-9]+))?$/.exec(entry.toLowerCase()) ?? [];
  const urlPort = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (port !== undefined && port !== urlPort) return false;
  const name = host.replace(/^\*?\./, '');
  return url.hostname === name || url.hostname.endsWith(`.${name}`);
}
