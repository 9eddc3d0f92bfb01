/** Symbols as the .NET SDK makes and pushes them, found by what the assembly says, and by a real debugging tool. */
import { readFileSync } from 'node:fs';

import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { describeWith } from '../support/component.ts';
import { readPdbReference } from '../support/debug-directory.ts';
import type { PdbReference } from '../support/debug-directory.ts';
import { Dotnet } from '../support/dotnet.ts';
import { exchange } from '../support/exchange.ts';
import { buildSymbolReader } from '../support/symbol-reader.ts';

let fleet: Fleet;
let author: Dotnet;
let reference: PdbReference;
let pdb: Buffer;
let key: string;

async function packAndPush(): Promise<void> {
  fleet = await startFleet();
  author = new Dotnet();
  await fleet.registry.feeds.create({ name: 'Team', visibility: 'private' });
  ({ secret: key } = await fleet.registry.keys.create({ name: 'author', feeds: ['Team'], scopes: ['read', 'push'] }));
  author.configure({ feed: { url: `${fleet.url}/F/Team/api/v3/index.json`, password: key } });
  author.project('core', { id: 'Acme.Core', version: '1.2.0' });
  const symbols = ['-p:IncludeSymbols=true', '-p:SymbolPackageFormat=snupkg'];
  expect(await author.dotnet(['pack', 'core', '-o', 'packed', ...symbols])).toMatchObject({ code: 0 });
  const built = `core/bin/Release/${author.targetFramework}/Acme.Core`;
  reference = readPdbReference(readFileSync(author.path(`${built}.dll`)));
  pdb = readFileSync(author.path(`${built}.pdb`));
  const pushed = await author.dotnet([
    ...['nuget', 'push', author.path('packed/Acme.Core.1.2.0.nupkg')],
    ...['--source', 'feed', '--api-key', key],
  ]);
  expect(pushed.output.match(/Your package was pushed\./g)).toHaveLength(2);
}

async function cleanUp(): Promise<void> {
  author.remove();
  await fleet.stop();
}

describeWith(['dotnet'], 'symbols of the .NET SDK', () => {
  beforeAll(packAndPush);
  afterAll(cleanUp);

  it('are pushed right after their package, and found by what the assembly says of them', async () => {
    const { fileName, signature, checksum } = reference;
    const url = `${fleet.url}/F/Team/auth/${key}/symbols/${fileName}/${signature}/${fileName}`;
    const found = await exchange(url, { headers: { symbolchecksum: checksum } });
    expect([found.status, found.body.equals(pdb)]).toEqual([200, true]);
    const other = await exchange(url, { headers: { symbolchecksum: `SHA256:${'0'.repeat(64)}` } });
    expect(other.status).toBe(404);
  });

  it('can be pushed alone, again', async () => {
    const file = author.path('packed/Acme.Core.1.2.0.snupkg');
    const again = await author.dotnet(['nuget', 'push', file, '--source', 'feed', '--api-key', key]);
    expect(again).toMatchObject({ code: 0 });
  });
});

describeWith(['dotnet', 'nugetRegistry'], "symbols for PerfView's reader", () => {
  beforeAll(packAndPush);
  afterAll(cleanUp);

  it('are found on a private feed and opened', async () => {
    const reader = buildSymbolReader(author.path('reader'), author.targetFramework);
    const server = `${fleet.url}/F/Team/auth/${key}/symbols`;
    const guid = reference.signature.slice(0, 32);
    const ask = (id: string): ReturnType<Dotnet['run']> =>
      author.run('dotnet', [reader, author.path('cache'), server, reference.fileName, id]);
    const found = await ask(guid);
    expect(found).toMatchObject({ code: 0, output: expect.stringContaining('PortableSymbolModule') as unknown });
    const file = found.output.trim().split(' ').slice(1).join(' ');
    expect(readFileSync(file).equals(pdb)).toBe(true);
    expect((await ask('0'.repeat(32))).code).toBe(1);
  });
});
