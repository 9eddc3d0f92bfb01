/** Small packages that any feed takes: the same bytes for the same name. */
import { storedZip } from '@feedfleet/stored-zip';

interface SampleOptions {
  readonly id: string;
  readonly version: string;
  /** Bytes beside the manifest. Default: a sentence. */
  readonly content?: Buffer;
}

export function samplePackage({ id, version, content = Buffer.from(`What ${id} holds.\n`) }: SampleOptions): Buffer {
  const nuspec =
    '<?xml version="1.0" encoding="utf-8"?>\n' +
    '<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>' +
    `<id>${id}</id><version>${version}</version><authors>feedfleet</authors>` +
    '<description>What a drill reads and pushes.</description></metadata></package>\n';
  return storedZip([
    { name: `${id}.nuspec`, content: Buffer.from(nuspec) },
    { name: 'content/sample.txt', content },
  ]);
}
