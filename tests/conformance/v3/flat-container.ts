/** The v3 flat container: versions, files, nuspecs and what else lies in a package. */
import { expect, it } from '@jest/globals';

import { buildPackage } from '../../src/support/package-builder.ts';
import { APP, CORE_ALL, newTag } from '../support/fixture.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

const BASE = 'PackageBaseAddress/3.0.0';
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

export function describeFlatContainer(subject: Subject): void {
  const { server, index, fixture } = subject;
  const flat = (path: string): string => `${index.url(BASE)}/${path}`;
  const id = fixture.app.toLowerCase();

  describeClaims(subject, ['v3', BASE], 'v3: the flat container', () => {
    it('lists all versions, unlisted ones too, normalized and in lower case', async () => {
      const { versions } = await server.json<{ readonly versions: readonly string[] }>(
        flat(`${fixture.core.toLowerCase()}/index.json`),
      );
      const expected = CORE_ALL.filter((version) => fixture.unlists || version !== '1.11.0');
      expect([...versions].sort()).toEqual(expected.map((version) => version.split('+')[0]).sort());
    });

    it('says 404 for an unknown id', async () => {
      expect(await server.send(flat(`${fixture.tag.toLowerCase()}.nothing/index.json`))).toMatchObject({ status: 404 });
    });

    it('serves the file, whole, in part and its size alone', async () => {
      const url = flat(`${id}/${APP.version}/${id}.${APP.version}.nupkg`);
      const { status, body } = await server.send(url);
      expect(status).toBe(200);
      expect(body.equals(fixture.appBytes)).toBe(true);
      const part = await server.send(url, { headers: { range: 'bytes=0-3' } });
      expect(part.status).toBe(206);
      expect(part.body.toString()).toBe('PK\u0003\u0004');
      const { headers } = await server.send(url, { method: 'HEAD' });
      expect(headers['content-length']).toBe(String(fixture.appBytes.length));
    });

    it('serves the nuspec as it lies in the package', async () => {
      const { status, text } = await server.send(flat(`${id}/${APP.version}/${id}.nuspec`));
      expect(status).toBe(200);
      expect(text).toContain(`<id>${fixture.app}</id>`);
      expect(text.startsWith('<?xml')).toBe(true);
    });

    it('says 404 for versions and files that are not there', async () => {
      for (const path of [
        `${id}/9.9.9/${id}.9.9.9.nupkg`,
        `${id}/9.9.9/${id}.nuspec`,
        `${id}/${APP.version}/readme`,
        `${id}/${APP.version}/icon`,
        `${id}/${APP.version}/license`,
      ]) {
        expect(await server.send(flat(path))).toMatchObject({ status: 404 });
      }
    });

    it('finds a file whose name in the package has another case than the id', async () => {
      const name = `${newTag()}.MixedCase`;
      const content = buildPackage({ id: name, nuspecName: `${name.toUpperCase()}.nuspec` });
      expect((await server.push(content)).status).toBeLessThan(300);
      const lower = name.toLowerCase();
      expect(await server.send(flat(`${lower}/1.0.0/${lower}.nuspec`))).toMatchObject({ status: 200 });
      const { body } = await server.send(flat(`${lower}/1.0.0/${lower}.1.0.0.nupkg`));
      expect(body.equals(content)).toBe(true);
    });

    it('serves readme, icon and license from the package', async () => {
      const name = `${newTag()}.Furnished`;
      await server.publish({
        id: name,
        metadataXml:
          '<readme>docs/readme.md</readme><icon>images/icon.png</icon><license type="file">LICENSE.txt</license>',
        files: { 'docs/readme.md': '# Read me', 'images/icon.png': PNG, 'LICENSE.txt': 'You may.' },
      });
      const lower = name.toLowerCase();
      const read = (what: string) => server.send(flat(`${lower}/1.0.0/${what}`));
      expect((await read('readme')).text).toBe('# Read me');
      expect((await read('icon')).body.equals(PNG)).toBe(true);
      expect((await read('license')).text).toBe('You may.');
    });
  });
}
