/** A server whose DELETE deletes: nothing of the version is left anywhere. */
import { expect, it } from '@jest/globals';

import { newTag } from '../support/fixture.ts';
import type { PackageName } from '../support/server.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';
import { CATALOG, catalogItems } from '../v3/catalog.ts';

export function describeDeletion(subject: Subject): void {
  const { server, index } = subject;

  describeClaims(subject, ['v2', 'v3', 'deletion'], 'a deleted version', () => {
    async function deleted(): Promise<PackageName> {
      const id = `${newTag()}.Deleted`;
      for (const version of ['1.0.0', '2.0.0']) await server.publish({ id, version });
      expect(await server.remove({ id, version: '2.0.0' })).toMatchObject({ status: 200 });
      return { id, version: '2.0.0' };
    }

    it('is gone from every list, and its file with it', async () => {
      const { id } = await deleted();
      const lower = id.toLowerCase();
      const flat = index.url('PackageBaseAddress/3.0.0');
      expect((await server.v2Feed(`/FindPackagesById()?id='${id}'`)).versions).toEqual(['1.0.0']);
      expect((await server.v2Feed(`/Search()?searchTerm='${id}'`)).versions).toEqual(['1.0.0']);
      expect(await server.json(`${flat}/${lower}/index.json`)).toEqual({ versions: ['1.0.0'] });
      for (const url of [
        `${flat}/${lower}/2.0.0/${lower}.2.0.0.nupkg`,
        `${index.url('RegistrationsBaseUrl/Versioned')}/${lower}/2.0.0.json`,
        `${server.addresses.v2}/Packages(Id='${id}',Version='2.0.0')`,
        `${server.addresses.v2}/package/${id}/2.0.0`,
      ]) {
        expect({ url, status: (await server.send(url)).status }).toEqual({ url, status: 404 });
      }
    });

    it('hands the latest flags to the one before', async () => {
      const { id } = await deleted();
      const { properties } = await server.v2Entry({ id, version: '1.0.0' });
      expect(properties.get('IsLatestVersion')).toBe('true');
      expect(properties.get('IsAbsoluteLatestVersion')).toBe('true');
    });

    it('cannot be listed again, and can be pushed again', async () => {
      const name = await deleted();
      expect(await server.relist(name)).toMatchObject({ status: 404 });
      const content = await server.publish(name);
      const { download } = await server.v2Entry(name);
      expect((await server.send(download)).body.equals(content)).toBe(true);
    });
  });

  describeClaims(subject, ['v3', CATALOG, 'deletion'], 'v3: the catalog, of deletion', () => {
    it('tells of a deletion', async () => {
      const name: PackageName = { id: `${newTag()}.Deleted`, version: '1.0.0' };
      await server.publish(name);
      await server.remove(name);
      const items = await catalogItems(subject, name.id);
      expect(items.map((item) => item['@type'])).toEqual(['nuget:PackageDetails', 'nuget:PackageDelete']);
      expect(await server.json(items[1]?.['@id'] ?? '')).toMatchObject({ id: name.id, version: name.version });
    });
  });
}
