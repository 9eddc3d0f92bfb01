import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SourceCreation } from '@feedfleet/registry-client';

import { CliFixture, elsewhere, errorOf, type Ended } from '../cli-fixture.ts';
import * as samples from '../sources/nuget-config-samples.ts';

let cli: CliFixture;
beforeEach(async () => {
  cli = await CliFixture.open();
});
afterEach(() => cli.remove());

async function importFile(
  text: string,
  { options = [], environment = {} }: { options?: readonly string[]; environment?: Record<string, string> } = {},
): Promise<Ended> {
  await writeFile(path.join(cli.folder, 'nuget.config'), text);
  return cli.run(['source', 'import', 'acme', 'nuget.config', ...options, ...elsewhere], { environment });
}

const created = (): readonly SourceCreation[] =>
  cli.calls.filter(([name]) => name === 'sources.create').map((call) => call[2] as SourceCreation);
const urlOf = ({ target }: SourceCreation): string => (target.kind === 'foreign' ? target.url : '');

describe('feedfleet source import', () => {
  it('takes over what a client wrote on its first start', async () => {
    const { code, out } = await importFile(samples.firstStart);
    expect(code).toBe(0);
    const target = { kind: 'foreign', url: 'https://packages.example/v3/index.json', protocol: 'v3' };
    expect(created()).toEqual([{ name: 'packages.example', target }]);
    expect(out).toMatch(/1 added\.\n$/);
  });

  it('knows the version of the protocol, and what is disabled', async () => {
    await importFile(samples.twoProtocols);
    expect(created().map((each) => [each.name, (each.target as { protocol: string }).protocol, each.enabled])).toEqual([
      ['Gallery', 'v2', false],
      ['Gallery-v3', 'v3', undefined],
      ['Odd-one', 'v3', undefined],
    ]);
  });

  it('takes tokens and parts of URLs from the environment, and prints no token', async () => {
    const environment = { ORG: 'acme', FEED_TOKEN: 'N33dle' };
    const ended = await importFile(samples.tokenInEnvironment, { environment });
    const [source] = created();
    expect(source).toMatchObject({ credential: { kind: 'basic', userName: 'az', secret: 'N33dle' } });
    expect(source && urlOf(source)).toBe('https://pkgs.contoso.example/acme/_packaging/main/nuget/v3/index.json');
    expect(ended.out + ended.err).not.toContain('N33dle');
    const without = await importFile(samples.tokenInEnvironment, { environment: { FEED_TOKEN: 'x' } });
    expect(without.code).toBe(1);
    expect(without.out).toContain('its address needs ORG, not set here');
  });

  it('adds a source disabled whose token is not in the environment', async () => {
    const { code, out } = await importFile(samples.tokenInEnvironment, { environment: { ORG: 'acme' } });
    expect(code).toBe(0);
    expect(created()).toMatchObject([{ name: 'contoso-feed', enabled: false }]);
    expect(created()[0]).not.toHaveProperty('credential');
    expect(out).toContain('needs FEED_TOKEN, not set here');
  });

  it('finds credentials by names that are encoded, and says how a source is called now', async () => {
    const { out } = await importFile(samples.encodedNames);
    expect(created()).toMatchObject([
      { name: 'Contoso-Internal-Feed', credential: { userName: 'build', secret: 'p<a>s&s "w"' } },
      { name: '3rd-party-uber', credential: { userName: 'other', secret: 'second' } },
    ]);
    expect(out).toContain('It is called Contoso-Internal-Feed here.');
  });

  it('says of a password that is encrypted that it cannot be read, and goes on', async () => {
    const { code, out } = await importFile(samples.encryptedPassword);
    expect(code).toBe(0);
    expect(created().map(({ name, enabled, credential }) => [name, enabled, credential])).toEqual([
      ['Vault', false, undefined],
      ['Open', undefined, undefined],
    ]);
    expect(out).toMatch(/^Vault: It is disabled, since its password is encrypted .* cannot be read/m);
    expect(out).not.toContain('AQAAANCM');
  });

  it('makes globs of the package source mapping, where the narrower pattern decides', async () => {
    const { out } = await importFile(samples.mapped);
    expect(created().map(({ name, include, exclude, enabled }) => ({ name, include, exclude, enabled }))).toEqual([
      {
        name: 'public',
        include: ['*', 'Contoso.Open.Json'],
        exclude: ['Contoso.Core.*', 'NetFX', 'Tools.*'],
        enabled: undefined,
      },
      {
        name: 'contoso',
        include: ['Contoso.*', 'Contoso.Core.*', 'NetFX'],
        exclude: ['Contoso.Open.Json'],
        enabled: undefined,
      },
      { name: 'tools', include: ['Tools.*'], exclude: [], enabled: undefined },
      { name: 'forgotten', include: undefined, exclude: undefined, enabled: false },
    ]);
    expect(out).toContain('public: Contoso.* comes from it too');
    expect(out).toContain('forgotten: It is disabled, since the package source mapping gives it no package.');
  });

  it('leaves folders out, which it says, and takes a password out of a URL', async () => {
    const { code, out } = await importFile(samples.folders);
    expect(code).toBe(1);
    expect(created()).toMatchObject([
      { name: 'inUrl', credential: { kind: 'basic', userName: 'me', secret: 's@cret' } },
    ]);
    expect(created().map(urlOf)).toEqual(['http://nuget.inside.example:8081/repository/nuget-hosted/']);
    for (const key of ['local', 'share', 'drive', 'file']) expect(out).toContain(`${key}: It is not taken over`);
    expect(out).toMatch(/1 added, 4 skipped\.\n$/);
    expect(out).not.toMatch(/s@cret|s%40cret/);
  });

  it('reads what is written oddly as clients do', async () => {
    await importFile(samples.oddlyWritten);
    expect(created().map(urlOf)).toEqual(['https://changed.example/v3/index.json', 'https://second.example/api/v2/']);
  });

  it('adds nothing of a file without sources', async () => {
    const { code, out } = await importFile(samples.noSources);
    expect([code, out, created()]).toEqual([0, 'no sources.\n', []]);
  });

  it('shows what it would add, and adds nothing', async () => {
    const { code, out } = await importFile(samples.encodedNames, { options: ['--dry-run', '--json'] });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      sources: [
        { key: 'Contoso Internal Feed', name: 'Contoso-Internal-Feed', outcome: 'planned', hasCredential: true },
        { outcome: 'planned' },
      ],
    });
    expect(out).not.toMatch(/p<a>s|second"/);
    expect(created()).toEqual([]);
  });

  it('goes on after a source that the feed has already, and ends with 5', async () => {
    await importFile(samples.firstStart);
    const both = samples.twoProtocols.replace('key="Gallery v3"', 'key="packages.example"');
    const { code, out } = await importFile(both);
    expect(code).toBe(5);
    expect(out).toMatch(/^packages\.example: FF_CONFLICT/m);
    expect(out).toMatch(/2 added, 1 failed\.\n$/);
  });

  it.each<[string, string, RegExp]>([
    ['no XML', 'packageSources: []', /it is no XML/],
    ['an element that is not closed', '<configuration><packageSources>', /it is no XML/],
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><configuration/>', /document type/],
    ['another document', '<project/>', /no element configuration/],
    ['very much', `<configuration>${' '.repeat(1024 ** 2)}</configuration>`, /more than 1048576 characters/],
  ])('refuses %s', async (_what, text, detail) => {
    const ended = await importFile(text, { options: ['--json'] });
    expect(ended.code).toBe(2);
    expect(errorOf(ended).detail).toMatch(detail);
  });

  it('ends with 2 when the file is not there', async () => {
    const ended = await cli.run(['source', 'import', 'acme', 'nope.config', ...elsewhere]);
    expect(ended.code).toBe(2);
    expect(ended.err).toContain('ENOENT');
  });
});
