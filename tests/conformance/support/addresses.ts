/** Where a server is to be asked: one URL a protocol, all derived from one base unless they are named. Pure. */

export interface Addresses {
  /** Root of v1, no slash at the end. */
  readonly v1: string;
  /** Root of v2, no slash at the end. */
  readonly v2: string;
  /** Service index of v3. */
  readonly v3: string;
  /** Where clients push to, no slash at the end: they append one. */
  readonly push: string;
}

export type AddressOverrides = { readonly [Protocol in keyof Addresses]?: string | undefined };

const PATHS: Addresses = { v1: '/api/v1', v2: '/api/v2', v3: '/api/v3/index.json', push: '/api/v2/package' };

/**
 * @param overrides - absolute URLs, or paths below the base; `/` is the base itself.
 * @example addressesOf('http://host/F/feed', { v2: '/' }).v2 // 'http://host/F/feed'
 */
export function addressesOf(base: string, overrides: AddressOverrides = {}): Addresses {
  const root = base.replace(/\/+$/, '');
  const urlOf = (protocol: keyof Addresses): string => {
    const given = overrides[protocol] ?? PATHS[protocol];
    const url = /^https?:/.test(given) ? given : `${root}/${given.replace(/^\/+/, '')}`;
    return url.replace(/\/+$/, '');
  };
  return { v1: urlOf('v1'), v2: urlOf('v2'), v3: urlOf('v3'), push: urlOf('push') };
}
