/** What servers get wrong about requests: slashes, quotes, parentheses, methods and filters. */
import { expect, it } from '@jest/globals';

import { buildPackage } from '../../src/support/package-builder.ts';
import { APP, CORE, newTag } from '../support/fixture.ts';
import { modernForm } from '../support/multipart-forms.ts';
import { rawExchange } from '../support/raw-exchange.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

export function describeRequestEdges(subject: Subject): void {
  const { server, fixture, index } = subject;
  const { core, app, tag } = fixture;
  const found = async (filter: string): Promise<readonly string[]> =>
    (await server.v2Feed(`/Packages()?$filter=${filter.replaceAll(' ', '%20')}%20and%20IsLatestVersion`)).ids;

  describeClaims(subject, ['v2', 'v3'], 'edge cases of requests', () => {
    it('01: a push with a slash behind the URL is stored like one without', async () => {
      for (const slash of ['/', '']) {
        const id = `${newTag()}.Slash`;
        const { status } = await server.write('PUT', modernForm(buildPackage({ id })), server.addresses.push + slash);
        expect(status).toBeLessThan(300);
        expect((await server.v2Entry({ id, version: '1.0.0' })).id).toBe(id);
      }
    });

    it('02: an unknown id is an empty list in v2, and 404 in v3', async () => {
      expect((await server.v2Feed(`/FindPackagesById()?id='${tag}.No'&semVerLevel=2.0.0`)).entries).toEqual([]);
      const flat = `${index.url('PackageBaseAddress/3.0.0')}/${tag.toLowerCase()}.no/index.json`;
      expect(await server.send(flat)).toMatchObject({ status: 404 });
    });

    it('07: a GET of the push URL is never answered with 401', async () => {
      const answer = await rawExchange({
        url: server.addresses.push,
        target: `${new URL(server.addresses.push).pathname}/`,
        version: '1.0',
      });
      expect([200, 404, 405]).toContain(answer.status);
    });

    it('10: a flag in a filter means the same bare and compared with true', async () => {
      const id = `Id eq '${core}' and `;
      const bare = await server.v2Feed(`/Packages()?$filter=${`${id}IsLatestVersion`.replaceAll(' ', '%20')}`);
      const compared = await server.v2Feed(
        `/Packages()?$filter=${`${id}IsLatestVersion eq true`.replaceAll(' ', '%20')}`,
      );
      expect(bare.versions).toEqual(['1.10.0']);
      expect(compared.versions).toEqual(bare.versions);
    });

    it('11: substringof looks for its first argument in its second, lowered or not', async () => {
      const lower = core.toLowerCase();
      expect(await found(`substringof('${lower}',tolower(Id))`)).toEqual([core]);
      expect(await found(`substringof('${lower}',tolower(Id)) eq true`)).toEqual([core]);
      expect(await found(`tolower(Id) eq '${lower}'`)).toEqual([core]);
    });

    it('12: doubled quotes are one quote in a text', async () => {
      expect(await found(`Id eq 'O''Brien'`)).toEqual([]);
      expect((await server.v2Feed("/FindPackagesById()?id='O''Brien'")).entries).toEqual([]);
      expect((await server.v2Feed(`/Search()?searchTerm='it''s%20${tag}none'`)).entries).toEqual([]);
    });

    it.each([
      `/Packages(Id='%s',Version='${APP.version}')`,
      `/Packages(Id=%27%s%27,Version=%27${APP.version}%27)`,
      `/Packages%28Id=%27%s%27%2CVersion=%27${APP.version}%27%29`,
      `/FindPackagesById()?id='%s'`,
      `/FindPackagesById%28%29?id=%27%s%27`,
    ])('13: parentheses and quotes mean the same bare and percent-encoded: %j', async (form) => {
      const { status, body } = await server.raw(form.replace('%s', app));
      expect(status).toBe(200);
      expect(body.toString()).toContain(`<d:Id>${app}</d:Id>`);
    });

    it('14: addresses in documents are those of the host that was asked', async () => {
      const { host } = new URL(server.addresses.v2);
      const [, port = '80'] = host.split(':');
      const asked = `feed.example.org:${port}`;
      const { body } = await server.raw(`/FindPackagesById()?id='${app}'`, { headers: { host: asked } });
      const sources = body.toString().match(/src="[^"]*"/g) ?? [];
      expect(sources).toHaveLength(1);
      // A server that was told its own address names that.
      expect(sources[0]).toMatch(new RegExp(`src="https?://(${asked.replaceAll('.', '\\.')}|[^"/]+)/`));
      expect(sources[0]).not.toContain('localhost');
    });

    it('19: HEAD is answered like GET, without the body', async () => {
      const { download } = await server.v2Entry({ id: app, version: APP.version });
      const v2 = server.addresses.v2;
      const urls = [download, v2, `${v2}/$metadata`, `${v2}/FindPackagesById()?id='${app}'`, server.addresses.v3];
      for (const url of urls) {
        const [get, head] = [await server.send(url), await server.send(url, { method: 'HEAD' })];
        expect({ url, status: head.status, bytes: head.body.length }).toEqual({ url, status: get.status, bytes: 0 });
        expect(head.headers['content-type']).toBe(get.headers['content-type']);
      }
    });

    it('21: the case of an id in a URL does not matter', async () => {
      const lower = app.toLowerCase();
      const flat = index.url('PackageBaseAddress/3.0.0');
      for (const name of [app, lower, app.toUpperCase()]) {
        expect(await server.v2(`/package/${name}/${APP.version}`)).toMatchObject({ status: 200 });
        expect((await server.v2Entry({ id: name, version: APP.version })).id).toBe(app);
      }
      const { body } = await server.send(`${flat}/${lower}/${APP.version}/${lower}.${APP.version}.nupkg`);
      expect(body.equals(fixture.appBytes)).toBe(true);
    });

    it('22: a removal says 404 for what was never there, and success for what was', async () => {
      const name = { id: `${newTag()}.Gone`, version: '1.0.0' };
      expect(await server.remove(name)).toMatchObject({ status: 404 });
      await server.publish(name);
      expect([200, 204]).toContain((await server.remove(name)).status);
    });

    it('23: a push of what is there is 409, with a reason in the status line', async () => {
      const content = await server.publish({ id: `${newTag()}.Twice` });
      const { status, reason } = await server.push(content);
      expect(status).toBe(409);
      expect(reason).not.toMatch(/^(Conflict)?$/);
    });

    it('26: $inlinecount counts what the filter lets through', async () => {
      const path = `/FindPackagesById()?id='${core}'&$inlinecount=allpages&$top=1&$filter=`;
      expect((await server.v2Feed(`${path}IsLatestVersion`)).count).toBe(1);
      expect((await server.v2Feed(`${path}IsPrerelease%20eq%20true`)).count).toBe(1);
      const stable = await server.v2Feed(`${path}IsPrerelease%20eq%20false`);
      expect(stable.count).toBe(CORE.stable.length + (fixture.unlists ? 1 : 0));
    });
  });
}
