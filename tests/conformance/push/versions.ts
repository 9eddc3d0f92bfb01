/** Versions as they are written, normalized, ordered and shown. */
import { expect, it } from '@jest/globals';

import { newTag } from '../support/fixture.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

/** Written, normalized. */
const FORMS = [
  ['1', '1.0.0'],
  ['1.1', '1.1.0'],
  ['1.2.0.0', '1.2.0'],
  ['1.03.1', '1.3.1'],
  ['1.4.0.5', '1.4.0.5'],
  ['2.0.0-RC1', '2.0.0-RC1'],
  ['2.0.0-rc.2+build.7', '2.0.0-rc.2'],
  ['3.0.0+20260101', '3.0.0'],
] as const;

/** Ascending. */
const ORDER = [
  '1.0.1-aaa',
  '1.0.1-alpha',
  '1.0.1-alpha10',
  '1.0.1-alpha2',
  '1.0.1-beta.2',
  '1.0.1-beta.11',
  '1.0.1',
  '1.0.2.20160209-dev',
  '1.0.2.20160209-master',
  '1.9.0',
  '1.10.0',
  '1.10.0.1',
] as const;

export function describeVersions(subject: Subject): void {
  const { server, index } = subject;
  describeClaims(subject, ['v2', 'v3'], 'versions', () => {
    it.each(FORMS)('%s is stored as written, and known as %s', async (written, normalized) => {
      const id = `${newTag()}.Form`;
      await server.publish({ id, version: written });
      const { properties } = await server.v2Entry({ id, version: normalized });
      expect(properties.get('Version')).toBe(written);
      expect(properties.get('NormalizedVersion')).toBe(normalized);
      const lower = id.toLowerCase();
      const flat = index.url('PackageBaseAddress/3.0.0');
      expect(await server.json(`${flat}/${lower}/index.json`)).toEqual({ versions: [normalized.toLowerCase()] });
      const path = `${lower}/${normalized.toLowerCase()}/${lower}.${normalized.toLowerCase()}.nupkg`;
      expect(await server.send(`${flat}/${path}`)).toMatchObject({ status: 200 });
    });

    it('are ordered as NuGet orders them, in v2 and in v3', async () => {
      const id = `${newTag()}.Order`;
      for (const version of [...ORDER].sort()) await server.publish({ id, version });
      const v2 = await server.v2Feed(`/FindPackagesById()?id='${id}'&semVerLevel=2.0.0&$orderby=Version`);
      expect(v2.versions).toEqual(ORDER);
      const flat = await server.json<{ readonly versions: readonly string[] }>(
        `${index.url('PackageBaseAddress/3.0.0')}/${id.toLowerCase()}/index.json`,
      );
      expect(flat.versions).toEqual(ORDER);
    });

    it('need SemVer 2.0.0 when a dependency does', async () => {
      const id = `${newTag()}.Depends`;
      const dependencies = { '': [{ id: 'Any', version: '[1.0.0-a.1, )' }] };
      await server.publish({ id, version: '1.0.0', dependencies });
      expect((await server.v2Feed(`/FindPackagesById()?id='${id}'`)).versions).toEqual([]);
      expect((await server.v2Feed(`/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`)).versions).toEqual(['1.0.0']);
      const hive = (type: string) => server.send(`${index.url(type)}/${id.toLowerCase()}/index.json`);
      expect(await hive('RegistrationsBaseUrl/3.4.0')).toMatchObject({ status: 404 });
      expect(await hive('RegistrationsBaseUrl/Versioned')).toMatchObject({ status: 200 });
    });

    it('a plus in a path is data', async () => {
      const id = `${newTag()}.Plus`;
      await server.publish({ id, version: '1.0.0+a' });
      for (const version of ['1.0.0+a', '1.0.0%2Ba', '1.0.0']) {
        const { status } = await server.raw(`/Packages(Id='${id}',Version='${version}')`);
        expect({ version, status }).toEqual({ version, status: 200 });
      }
    });
  });
}
