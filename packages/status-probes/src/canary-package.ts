/** The packages of the canary feed: the same bytes wherever they are made, so that every observer knows what it has to get. */
import { createHash } from 'node:crypto';

import { storedZip } from '@feedfleet/stored-zip';

export interface CanaryPackage {
  readonly id: string;
  readonly version: string;
  readonly bytes: Buffer;
  /** Base64, as NuGet has it. */
  readonly sha512: string;
}

export const CANARY_ID = 'Feedfleet.Canary';
/** Pushed once and read from then on; the feed replaces pre-releases only. */
export const READ_VERSION = '1.0.0';

/** @param more - elements behind the description, as XML. */
export function canaryNuspec(version: string, more = ''): Buffer {
  return Buffer.from(
    '<?xml version="1.0" encoding="utf-8"?>\n' +
      '<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>' +
      `<id>${CANARY_ID}</id><version>${version}</version><authors>feedfleet</authors>` +
      `<description>What the observers of the status page read and push.</description>${more}</metadata></package>\n`,
  );
}

function packageOf(version: string): CanaryPackage {
  const readme = 'Observers of the status page download this to see whether downloads work.\n';
  const bytes = storedZip([
    { name: `${CANARY_ID}.nuspec`, content: canaryNuspec(version) },
    { name: 'content/readme.txt', content: Buffer.from(readme) },
  ]);
  return { id: CANARY_ID, version, bytes, sha512: createHash('sha512').update(bytes).digest('base64') };
}

export function packageToRead(): CanaryPackage {
  return packageOf(READ_VERSION);
}

/** Each observer has its own, which every push of it replaces. @param observer - lower-case letters, digits, hyphens. */
export function packageToPush(observer: string): CanaryPackage {
  return packageOf(`0.0.1-of-${observer}`);
}
