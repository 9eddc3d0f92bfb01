/** Symbols packages, which clients push right behind the package that they belong to. */
import { expect, it } from '@jest/globals';

import { buildPackage } from '../../src/support/package-builder.ts';
import { buildPortablePdb } from '../../src/support/pdb-builder.ts';
import { APP, newTag } from '../support/fixture.ts';
import { modernForm } from '../support/multipart-forms.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

const TYPE = 'SymbolPackagePublish/4.9.0';

function symbolsOf(id: string, version: string, pdb: string | Buffer = buildPortablePdb()): Buffer {
  return buildPackage({
    id,
    version,
    metadataXml: '<packageTypes><packageType name="SymbolsPackage"/></packageTypes>',
    files: { [`lib/netstandard2.0/${id}.pdb`]: pdb },
  });
}

export function describeSymbols(subject: Subject): void {
  const { server, index, fixture } = subject;
  const push = (content: Buffer, headers: Readonly<Record<string, string>> = {}) => {
    const form = modernForm(content);
    return server.write('PUT', { ...form, headers: { ...form.headers, ...headers } }, `${index.url(TYPE)}/`);
  };

  describeClaims(subject, ['v3', TYPE], 'push of symbols', () => {
    it('is taken behind the package that the symbols belong to', async () => {
      const id = `${newTag()}.Debugged`;
      await server.publish({ id });
      expect((await push(symbolsOf(id, '1.0.0'))).status).toBeLessThan(300);
      // The package itself stays what it was.
      expect((await server.v2Feed(`/FindPackagesById()?id='${id}'`)).versions).toEqual(['1.0.0']);
    });

    it('says 404 for symbols of a version that is not there', async () => {
      expect(await push(symbolsOf(`${newTag()}.Nothing`, '1.0.0'))).toMatchObject({ status: 404 });
    });

    it('says 400 for what is no symbols package, and for a program database that is none', async () => {
      expect(await push(Buffer.from('no package'))).toMatchObject({ status: 400 });
      expect(await push(symbolsOf(fixture.app, APP.version, 'no program database'))).toMatchObject({ status: 400 });
    });

    it('is never asked for a password: a GET is not answered with 401', async () => {
      expect([200, 404, 405]).toContain((await server.send(`${index.url(TYPE)}/`)).status);
    });

    if (server.carriesCredentials) return;
    it('says 403 for a wrong key', async () => {
      const refused = await push(symbolsOf(fixture.app, APP.version), { 'x-nuget-apikey': 'not-a-key' });
      expect(refused.status).toBe(403);
    });
  });
}
