/** Where certificates are looked at: what everybody is told of, and what is for operators alone. */
import { isIP } from 'node:net';

import type { SourceHost } from '@feedfleet/registry-client';

import { isLoopback } from '../loopback.ts';
import type { StatusSettings } from '../settings.ts';

export interface WatchedPlace {
  /** As the report and the alerts name it. */
  readonly where: string;
  readonly host: string;
  readonly port: number;
  /** The name that it is asked for, and that the certificate has to be for; `undefined` where neither is known. */
  readonly expectedHost: string | undefined;
  /** `own`: what the settings name may be anywhere. */
  readonly kind: 'own' | 'source';
  /** Whether it may be at a private address. */
  readonly allowPrivateAddresses: boolean;
}

type Settings = Pick<StatusSettings, 'publicUrl' | 'pageUrl' | 'certificateUrls' | 'storageUrls'>;

/** How `where` begins of the sources of feeds. */
export const SOURCE_PLACE = 'source: ';

export function placesOfSettings({
  publicUrl,
  pageUrl,
  certificateUrls,
  storageUrls,
}: Settings): readonly WatchedPlace[] {
  const open = [publicUrl, pageUrl].flatMap((url) => (url === undefined ? [] : [new URL(url)]));
  const openHosts = new Set(open.map(({ hostname }) => hostname));
  const clientsHost = publicUrl === undefined ? undefined : hostOf(new URL(publicUrl));
  const listeners = [...open, ...certificateUrls.map((url) => new URL(url))].filter(isSecure);
  const storages = storageUrls.map((url) => new URL(url)).filter(isSecure);
  const places = [
    ...listeners.map((url) => {
      const isOpen = openHosts.has(url.hostname) && nameIn(url) === undefined;
      return isOpen ? ownPlace(url, addressOf(url), hostOf(url)) : innerPlace(url, clientsHost);
    }),
    ...storages.map((url) => ownPlace(url, `storage: ${addressOf(url)}`, nameIn(url) ?? hostOf(url))),
  ];
  return [...new Map(places.map((place) => [place.where, place])).values()];
}

/** Feeds may be private, and so may be where they take packages from. */
export function placeOfSource({ host, port, allowPrivateAddresses }: SourceHost): WatchedPlace {
  const where = `${SOURCE_PLACE}${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  return { where, host, port, expectedHost: host, kind: 'source', allowPrivateAddresses };
}

/** For operators alone. By its address a listener is asked for the name that clients know, if there is one. */
function innerPlace(url: URL, clientsHost: string | undefined): WatchedPlace {
  const where = `instance: ${isLoopback(url) ? `port ${portOf(url)} of this machine` : addressOf(url)}`;
  const isNamed = isIP(hostOf(url)) === 0 && !isLoopback(url);
  const clientsName = clientsHost === undefined || isIP(clientsHost) !== 0 ? undefined : clientsHost;
  return ownPlace(url, where, nameIn(url) ?? (isNamed ? hostOf(url) : clientsName));
}

/** One listener may serve several names: what was said to be asked for is a part of the place. */
function ownPlace(url: URL, where: string, expectedHost: string | undefined): WatchedPlace {
  const name = nameIn(url);
  return {
    where: name === undefined ? where : `${where} as ${name}`,
    host: hostOf(url),
    port: portOf(url),
    expectedHost,
    kind: 'own',
    allowPrivateAddresses: true,
  };
}

const isSecure = ({ protocol }: URL): boolean => protocol === 'https:';
const nameIn = ({ hash }: URL): string | undefined => (hash.length > 1 ? hash.slice(1) : undefined);
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');
const portOf = (url: URL): number => (url.port === '' ? 443 : Number(url.port));
const addressOf = (url: URL): string => `${url.hostname}:${portOf(url)}`;
