/** Symbols through a whole fleet: pushed as clients push them, and asked for as debuggers ask. */
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { exchange } from './support/exchange.ts';
import type { Exchange, ExchangeOptions } from './support/exchange.ts';
import { buildPackage, buildSymbolsPackage } from './support/package-builder.ts';
import { buildPortablePdb, buildWindowsPdb, checksumOfPortablePdb } from './support/pdb-builder.ts';

const GUID = '497b72f6390a44fc878e5a2d63b6cc4b';
const KEY = `acme.core.pdb/${GUID}FFFFFFFF/acme.core.pdb`;
const pdb = buildPortablePdb({ guid: GUID, content: Buffer.alloc(2_000_000, 'sequence points ') });
const symbols = buildSymbolsPackage({ id: 'Acme.Core', files: { 'lib/net8.0/Acme.Core.pdb': pdb } });

let fleet: Fleet;
let key: string;

beforeAll(async () => {
  fleet = await startFleet();
  for (const [name, visibility] of [
    ['Open', 'public'],
    ['Closed', 'private'],
  ] as const) {
    await fleet.registry.feeds.create({ name, visibility, deletion: 'delete' });
  }
  ({ secret: key } = await fleet.registry.keys.create({
    name: 'author',
    feeds: ['Open', 'Closed'],
    scopes: ['read', 'push', 'delete'],
  }));
  for (const feed of ['Open', 'Closed']) {
    expect(await put(`/F/${feed}/api/v2/package`, buildPackage({ id: 'Acme.Core' }))).toMatchObject({ status: 201 });
    expect(await put(`/F/${feed}/api/v2/symbolpackage/`, symbols)).toMatchObject({ status: 201 });
  }
});

afterAll(() => fleet.stop());

const send = (path: string, options: ExchangeOptions = {}): Promise<Exchange> => exchange(fleet.url + path, options);
const put = (path: string, body: Buffer, apiKey = key): Promise<Exchange> =>
  send(path, { method: 'PUT', body, headers: { 'x-nuget-apikey': apiKey } });

describe('the symbol server of a feed', () => {
  it.each([
    ['as it is', KEY],
    ['in another case', KEY.toUpperCase()],
    ['with its slashes encoded', encodeURIComponent(KEY)],
  ])('gives a PDB by its key, %s', async (_, path) => {
    const found = await send(`/F/Open/symbols/${path}`);
    expect([found.status, found.body.equals(pdb)]).toEqual([200, true]);
    expect(found.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': String(pdb.length),
      'cache-control': 'public, max-age=2592000, immutable',
    });
  });

  it('gives the PDB with the checksum that is asked for, and no other', async () => {
    const ask = (checksum: string): Promise<Exchange> =>
      send(`/F/Open/symbols/${KEY}`, { headers: { symbolchecksum: `SHA256:${checksum}` } });
    expect((await ask(checksumOfPortablePdb(pdb, GUID))).status).toBe(200);
    expect((await ask('0'.repeat(64))).status).toBe(404);
  });

  it('has nothing of another build, and nothing of other kinds of files', async () => {
    for (const path of [
      `acme.core.pdb/${'0'.repeat(32)}FFFFFFFF/acme.core.pdb`,
      `acme.core.pdb/${GUID}FFFFFFFF/acme.core.pd_`,
      'acme.core.dll/542d574213000/acme.core.dll',
      '',
    ]) {
      expect((await send(`/F/Open/symbols/${path}`)).status).toBe(404);
    }
  });

  it('of a private feed wants a credential, which may be in the URL', async () => {
    expect((await send(`/F/Closed/symbols/${KEY}`)).status).toBe(401);
    expect((await send(`/F/Closed/symbols/acme.core.pdb/${GUID}0/acme.core.pdb`)).status).toBe(401);
    const found = await send(`/F/Closed/auth/${key}/symbols/${KEY}`);
    expect([found.status, found.body.equals(pdb)]).toEqual([200, true]);
    expect(found.headers['cache-control']).toBe('private, max-age=2592000, immutable');
    const basic = `Basic ${Buffer.from(`any:${key}`).toString('base64')}`;
    const head = await send(`/F/Closed/symbols/${KEY}`, { method: 'HEAD', headers: { authorization: basic } });
    expect([head.status, head.headers['content-length']]).toEqual([200, String(pdb.length)]);
  });

  it('forgets the symbols of a version that is deleted', async () => {
    const name = { id: 'Acme.Gone', version: '1.0.0' };
    const gone = buildPortablePdb({ guid: '1'.repeat(32) });
    const path = `/F/Open/symbols/gone.pdb/${'1'.repeat(32)}FFFFFFFF/gone.pdb`;
    await put('/F/Open/api/v2/package', buildPackage(name));
    await put('/F/Open/api/v2/symbolpackage', buildSymbolsPackage({ ...name, files: { 'gone.pdb': gone } }));
    expect((await send(path)).status).toBe(200);
    const deleted = await send('/F/Open/api/v2/package/Acme.Gone/1.0.0', {
      method: 'DELETE',
      headers: { 'x-nuget-apikey': key },
    });
    expect([deleted.status, (await send(path)).status]).toEqual([200, 404]);
  });
});

describe('a push of symbols', () => {
  it.each(['/F/Open/api/v2/symbolpackage', '/F/Open/symbols/', '/F/Open/symbols/api/v2/package/'])(
    'is taken again at %s',
    async (path) => {
      expect(await put(path, symbols)).toMatchObject({ status: 201 });
    },
  );

  it('of the older kind may have Windows PDBs', async () => {
    const files = {
      'lib/net40/Acme.Core.dll': 'MZ',
      'lib/net40/Acme.Core.pdb': buildWindowsPdb({ guid: '2'.repeat(32), age: 2 }),
    };
    const name = { id: 'Acme.Native', version: '1.0.0' };
    await put('/F/Open/api/v2/package', buildPackage(name));
    expect((await put('/F/Open/api/v2/symbolpackage', buildPackage({ ...name, files }))).status).toBe(201);
    const found = await send(`/F/Open/symbols/Acme.Core.pdb/${'2'.repeat(32)}2/Acme.Core.pdb`);
    expect(found.body.equals(files['lib/net40/Acme.Core.pdb'])).toBe(true);
  });

  it('is refused with the entry that is wrong, and why', async () => {
    const files = { 'lib/a.pdb': pdb, 'lib/b.pdb': Buffer.from('no PDB') };
    const refused = await put('/F/Open/api/v2/symbolpackage', buildSymbolsPackage({ id: 'Acme.Core', files }));
    expect([refused.status, refused.reason]).toEqual([
      400,
      "The entry 'lib/b.pdb' is no usable PDB: it starts neither as a portable nor as a Windows PDB",
    ]);
    expect((await send(`/F/Open/symbols/${KEY}`)).status).toBe(200);
  });

  it('is refused without its package, without a key, and with a wrong one', async () => {
    const files = { 'lib/a.pdb': pdb };
    const path = '/F/Closed/api/v2/symbolpackage';
    expect((await put(path, buildSymbolsPackage({ id: 'Nobody', files }))).status).toBe(404);
    expect((await put(path, symbols, 'wrong')).status).toBe(403);
    expect((await send(path, { method: 'PUT', body: symbols })).status).toBe(401);
  });

  it('is told where it belongs when it comes as a package', async () => {
    const refused = await put('/F/Open/api/v2/package', symbols);
    expect([refused.status, refused.reason]).toEqual([
      400,
      'Symbols packages are not taken here; push them to /F/<feed>/api/v2/symbolpackage',
    ]);
  });

  it('can be looked for beforehand without a credential, as old clients do', async () => {
    expect((await send('/F/Closed/api/v2/symbolpackage')).status).toBe(405);
    expect((await send('/F/Closed/symbols/')).status).toBe(404);
  });
});
