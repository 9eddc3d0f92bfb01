/** Packages of load itself: small ones, and large ones that do not compress. */
import { randomFillSync } from 'node:crypto';

import { storedZip } from '@feedfleet/stored-zip';

/** What load pushes is known by it, and goes by it. */
export const SAMPLE_PREFIX = 'Feedfleet.Load';

export interface SamplePackage {
  /** Letters, digits, dots, hyphens. */
  readonly id: string;
  readonly version: string;
  /** Of what is in it, beside the manifest. Default 200. */
  readonly contentBytes?: number;
}

export function samplePackage({ id, version, contentBytes = 200 }: SamplePackage): Buffer<ArrayBuffer> {
  const nuspec =
    '<?xml version="1.0" encoding="utf-8"?>\n' +
    '<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>' +
    `<id>${id}</id><version>${version}</version><authors>feedfleet</authors>` +
    '<description>Made by feedfleet load; of no use to anybody.</description></metadata></package>\n';
  const content = randomFillSync(Buffer.alloc(contentBytes));
  const zip = storedZip([
    { name: `${id}.nuspec`, content: Buffer.from(nuspec) },
    { name: `content/sample.bin`, content },
  ]);
  return Buffer.from(zip);
}
