/** What servers get wrong after a change: lists, flags, caches, and protocols that disagree. */
import { expect, it } from '@jest/globals';

import type { Feed } from '../support/atom.ts';
import { newTag } from '../support/fixture.ts';
import type { PackageName, Server } from '../support/server.ts';
import type { ServiceIndex } from '../support/service-index.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

/** What each way of asking says about one id; pre-releases and SemVer 2.0.0 count. */
interface Seen {
  readonly v2: readonly string[];
  readonly flat: readonly string[];
  readonly searchV2: readonly string[];
  readonly searchV3: readonly string[];
  readonly autocomplete: readonly string[];
}

const plain = (versions: readonly string[]): readonly string[] =>
  versions.map((each) => each.split('+')[0] ?? '').sort();

const normalizedOf = ({ entries }: Feed): readonly string[] =>
  entries.map(({ properties }) => properties.get('NormalizedVersion') ?? '').sort();

async function see(server: Server, index: ServiceIndex, id: string): Promise<Seen> {
  const lower = id.toLowerCase();
  const flat = await server.send(`${index.url('PackageBaseAddress/3.0.0')}/${lower}/index.json`);
  const options = 'prerelease=true&semVerLevel=2.0.0';
  const query = await server.json<{
    readonly data: readonly { readonly id: string; readonly versions: readonly { readonly version: string }[] }[];
  }>(`${index.url('SearchQueryService')}?q=${id}&${options}`);
  const complete = await server.json<{ readonly data: readonly string[] }>(
    `${index.url('SearchAutocompleteService')}?id=${id}&${options}`,
  );
  const searchV2 = `/Search()?searchTerm='${id}'&targetFramework=''&includePrerelease=true&semVerLevel=2.0.0`;
  return {
    v2: normalizedOf(await server.v2Feed(`/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`)),
    flat: flat.status === 404 ? [] : plain((JSON.parse(flat.text) as { readonly versions: string[] }).versions),
    searchV2: normalizedOf(await server.v2Feed(searchV2)),
    searchV3: plain(query.data.find((hit) => hit.id === id)?.versions.map(({ version }) => version) ?? []),
    autocomplete: plain(complete.data),
  };
}

const everywhere = (all: readonly string[], listed: readonly string[] = all): Seen => ({
  v2: plain(all),
  flat: plain(all),
  searchV2: plain(listed),
  searchV3: plain(listed),
  autocomplete: plain(listed),
});

async function latestOf(server: Server, id: string): Promise<readonly [string[], string[]]> {
  const { entries } = await server.v2Feed(`/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`);
  const flagged = (flag: string): string[] =>
    entries.filter(({ properties }) => properties.get(flag) === 'true').map(({ version }) => version);
  return [flagged('IsLatestVersion'), flagged('IsAbsoluteLatestVersion')];
}

export function describeChangeEdges(subject: Subject): void {
  const { server, index } = subject;
  const named =
    (id: string) =>
    (version: string): PackageName => ({ id, version });

  describeClaims(subject, ['v2', 'v3'], 'edge cases of changes', () => {
    it('20: a package is seen everywhere right after its push, though it was looked for in vain before', async () => {
      const name = { id: `${newTag()}.Fresh`, version: '1.0.0' };
      expect(await see(server, index, name.id)).toEqual(everywhere([]));
      await server.publish(name);
      expect(await see(server, index, name.id)).toEqual(everywhere(['1.0.0']));
      await server.publish({ ...name, version: '1.1.0-beta.1' });
      expect(await see(server, index, name.id)).toEqual(everywhere(['1.0.0', '1.1.0-beta.1']));
    });

    it('27: v2 and v3 list the same versions of an id', async () => {
      const id = `${newTag()}.Agreed`;
      const versions = ['0.9', '1.0.0.1', '1.0.0', '1.10.0', '2.0.0-a', '2.0.0-a.1', '3.0.0+meta'];
      for (const version of versions) await server.publish({ id, version });
      const normalized = ['0.9.0', '1.0.0.1', '1.0.0', '1.10.0', '2.0.0-a', '2.0.0-a.1', '3.0.0'];
      expect(await see(server, index, id)).toEqual(everywhere(normalized));
    });
  });

  describeClaims(subject, ['v2', 'v3', 'unlisting'], 'edge cases of unlisting', () => {
    it('15: an unlisted version is in no search, and in every list that restores read', async () => {
      const nameOf = named(`${newTag()}.Hidden`);
      const { id } = nameOf('');
      for (const version of ['1.0.0', '2.0.0']) await server.publish(nameOf(version));
      await server.remove(nameOf('2.0.0'));
      expect(await see(server, index, id)).toEqual(everywhere(['1.0.0', '2.0.0'], ['1.0.0']));
      await server.remove(nameOf('1.0.0'));
      expect(await see(server, index, id)).toEqual(everywhere(['1.0.0', '2.0.0'], []));
      await server.relist(nameOf('2.0.0'));
      expect(await see(server, index, id)).toEqual(everywhere(['1.0.0', '2.0.0'], ['2.0.0']));
    });

    it('16: the latest flags move with every unlisting and relisting', async () => {
      const nameOf = named(`${newTag()}.Flags`);
      const { id } = nameOf('');
      for (const version of ['1.0.0', '2.0.0', '3.0.0-rc']) await server.publish(nameOf(version));
      expect(await latestOf(server, id)).toEqual([['2.0.0'], ['3.0.0-rc']]);
      await server.remove(nameOf('2.0.0'));
      expect(await latestOf(server, id)).toEqual([['1.0.0'], ['3.0.0-rc']]);
      await server.remove(nameOf('3.0.0-rc'));
      expect(await latestOf(server, id)).toEqual([['1.0.0'], ['1.0.0']]);
      await server.remove(nameOf('1.0.0'));
      expect(await latestOf(server, id)).toEqual([[], []]);
      await server.relist(nameOf('3.0.0-rc'));
      expect(await latestOf(server, id)).toEqual([[], ['3.0.0-rc']]);
      await server.relist(nameOf('2.0.0'));
      expect(await latestOf(server, id)).toEqual([['2.0.0'], ['3.0.0-rc']]);
    });
  });
}
