/** Addresses of this machine are asked directly, whatever proxy the environment names. */

/** Whether a URL leads to the loopback interface. */
export function isOwnMachine(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}
