/** Behind nginx, under TLS, on another host name and below a path: every URL of every answer leads back to where it came from. */
import { Agent } from 'node:https';

import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { describeWith } from './support/component.ts';
import { exchange } from './support/exchange.ts';
import type { Exchange } from './support/exchange.ts';
import { FeedClient, READ_FAMILIES, pathsOf } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';
import { planTlsProxy, startTlsProxy } from './support/tls-proxy.ts';
import type { TlsProxy } from './support/tls-proxy.ts';

/** More than a page of v2 has, and more than v3 inlines. */
const VERSIONS = 130;
const NAME = { id: 'Outside', version: '1.0.7' };
const HOST_NAME = 'packages.example.test';
/** Namespaces and types: names, not places. */
const NAMES = /^https?:\/\/(?:www\.w3\.org|schemas\.microsoft\.com|schema\.nuget\.org|docs\.oasis-open\.org)\//;
/** Roots that clients put something behind: nothing is served at them. */
const ROOT_TYPES = /^(?:PackageBaseAddress|RegistrationsBaseUrl|PackagePublish|SymbolPackagePublish)/;

let fleet: Fleet;

/** All URLs in a document, as a client would read them. */
function urlsIn({ text }: Exchange): readonly string[] {
  const found = text.match(/https?:\/\/[^"<>\s]+/g) ?? [];
  const plain = found.map((url) => url.replaceAll('&amp;', '&').replaceAll('&apos;', "'").replaceAll('&#39;', "'"));
  return [...new Set(plain.map(filled))];
}

/** A template of the service index, as a client fills it. */
function filled(url: string): string {
  return url
    .replace(/\{(?:id|id-lower|lower_id)\}/, NAME.id.toLowerCase())
    .replace(/\{(?:version|version-lower|lower_version)\}/, NAME.version);
}

/** With all files that have a URL of their own. */
function outsidePackage(version: string): Buffer {
  const metadataXml = '<readme>README.md</readme><icon>icon.png</icon><license type="file">LICENSE</license>';
  const files = { 'README.md': '# Outside', 'icon.png': 'no picture', LICENSE: 'Free.' };
  return buildPackage({ id: NAME.id, version, metadataXml, files });
}

/** Those resources of a service index that have nothing at their own URL. */
function rootsIn(answer: Exchange): readonly string[] {
  if (!answer.text.startsWith('{"version"')) return [];
  const { resources } = JSON.parse(answer.text) as { readonly resources: readonly Record<'@id' | '@type', string>[] };
  return resources.filter((resource) => ROOT_TYPES.test(resource['@type'])).map((resource) => resource['@id']);
}

interface Crawl {
  readonly visited: ReadonlyMap<string, Exchange>;
  /** URLs that lead somewhere else. */
  readonly strays: readonly string[];
  /** What could not be followed. */
  readonly broken: readonly string[];
}

/** Follows every URL of every answer, to the end. */
async function crawl(base: string, starts: readonly string[], through: TlsProxy['through']): Promise<Crawl> {
  const options = { through, agent: new Agent({ keepAlive: true, maxSockets: 8 }) };
  const visited = new Map<string, Exchange>();
  const strays = new Set<string>();
  const broken: string[] = [];
  const known = new Set(starts);
  let wave = [...starts];
  while (wave.length > 0) {
    const answers = await Promise.all(wave.map(async (url) => [url, await exchange(url, options)] as const));
    wave = [];
    for (const [url, answer] of answers) {
      visited.set(url, answer);
      if (answer.status !== 200) broken.push(`${answer.status} ${url}`);
      if (/zip|octet-stream/.test(answer.headers['content-type'] ?? '')) continue;
      for (const root of rootsIn(answer)) known.add(root.replace(/\/$/, '')).add(root);
      for (const next of urlsIn(answer).map((each) => each.replace(/#.*$/, ''))) {
        if (NAMES.test(next)) continue;
        if (!next.startsWith(base)) strays.add(next);
        else if (!known.has(next)) wave.push(next);
        known.add(next);
      }
    }
  }
  options.agent.destroy();
  return { visited, strays: [...strays], broken };
}

/** The same for a proxy in front of any fleet. */
function assertFollowable(proxy: () => TlsProxy, feedPath: () => string): void {
  it('leads through every link to every page and every file, and nowhere else', async () => {
    const { url, through } = proxy();
    const feedUrl = `${url}/F/main${feedPath()}`;
    const starts = READ_FAMILIES.flatMap((family) => pathsOf(family, NAME)).map((each) => feedUrl + each);
    const { visited, strays, broken } = await crawl(feedUrl, starts, through);
    expect(strays).toEqual([]);
    expect(broken).toEqual([]);
    const all = [...visited.keys()];
    expect(all.filter((each) => each.includes('$skip')).length).toBeGreaterThanOrEqual(2);
    expect(all.filter((each) => each.includes('/page/')).length).toBeGreaterThan(3);
    // What other tests have pushed is in the changes of the feed.
    const files = [...visited].filter(([each]) => /\/outside\.[^/]*\.nupkg$|\/package\/Outside\//i.test(each));
    expect(files.length).toBe(VERSIONS * 3);
    const expected = outsidePackage(NAME.version);
    expect(all.filter((each) => /\/(?:readme|icon|license)$/.test(each)).length).toBe(VERSIONS * 3);
    for (const [each, { body }] of files) {
      if (/1\.0\.7(?:\.nupkg)?$/.test(each)) expect(body.equals(expected)).toBe(true);
    }
  });

  it('takes a push at the URL that the service index names', async () => {
    const { url, through } = proxy();
    const index = await exchange(`${url}/F/main${feedPath()}/api/v3/index.json`, { through });
    const { resources } = JSON.parse(index.text) as { readonly resources: readonly Record<'@id' | '@type', string>[] };
    const publish = resources.find((resource) => resource['@type'] === 'PackagePublish/2.0.0')?.['@id'] ?? '';
    const id = `Pushed${url.length}${feedPath().length}`;
    const headers = { 'x-nuget-apikey': fleet.adminKey };
    const pushed = await exchange(`${publish}/`, { method: 'PUT', headers, through, body: buildPackage({ id }) });
    expect(pushed).toMatchObject({ status: 201 });
    const deleted = await exchange(`${publish}/${id}/1.0.0`, { method: 'DELETE', headers, through });
    expect(deleted).toMatchObject({ status: 200 });
  });
}

async function fill(): Promise<void> {
  const feed = new FeedClient(`${fleet.url}/F/main`, fleet.adminKey);
  const pushed = await Promise.all(
    Array.from({ length: VERSIONS }, (_, patch) => feed.push(outsidePackage(`1.0.${patch}`))),
  );
  expect(pushed.filter(({ status }) => status !== 201)).toEqual([]);
}

const PROXY_ADDRESS = '127.0.0.2';

describeWith(['nginx'], 'behind a proxy that is trusted', () => {
  let proxy: TlsProxy;

  beforeAll(async () => {
    fleet = await startFleet({
      environment: { FEEDFLEET_PROCESSES: JSON.stringify({ balancer: { trustedProxies: [PROXY_ADDRESS] } }) },
    });
    const { plan } = await planTlsProxy({
      hostName: HOST_NAME,
      prefix: '/nuget',
      keepsPrefix: false,
      fromAddress: PROXY_ADDRESS,
    });
    proxy = await startTlsProxy({ ...plan, upstream: fleet.url });
    await fill();
  });
  afterAll(async () => {
    await proxy.stop();
    await fleet.stop();
  });

  describe('a feed', () => {
    assertFollowable(
      () => proxy,
      () => '',
    );
  });

  describe('a pre-authenticated URL', () => {
    assertFollowable(
      () => proxy,
      () => `/auth/${fleet.adminKey}`,
    );
  });

  it('has its own URLs for who does not come through the proxy, whatever they claim', async () => {
    const claims = {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example.test',
      'x-forwarded-prefix': '/evil',
      'x-forwarded-for': PROXY_ADDRESS,
      forwarded: 'for=127.0.0.2;host=evil.example.test;proto=https',
    };
    const base = `${fleet.url}/F/main`;
    for (const path of READ_FAMILIES.flatMap((family) => pathsOf(family, NAME))) {
      const answer = await exchange(base + path, { headers: claims });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toContain('evil');
      if (/zip|octet-stream/.test(answer.headers['content-type'] ?? '')) continue;
      expect(urlsIn(answer).filter((url) => !NAMES.test(url) && !url.startsWith(base))).toEqual([]);
    }
  });

  it('keeps what it made for one host from the other', async () => {
    const path = '/F/main/api/v3/index.json';
    const outside = await exchange(proxy.url + path, { through: proxy.through });
    const inside = await exchange(fleet.url + path);
    expect(outside.text).not.toContain(fleet.url);
    expect(inside.text).not.toContain(HOST_NAME);
  });

  it('ignores what the client told the proxy about itself', async () => {
    const headers = { 'x-forwarded-for': '10.9.8.7', forwarded: 'host=evil.example.test' };
    const answer = await exchange(`${proxy.url}/F/main/api/v3/index.json`, { through: proxy.through, headers });
    expect(answer.text).not.toContain('evil');
    expect(urlsIn(answer).every((url) => url.startsWith(proxy.url))).toBe(true);
  });
});

describeWith(['nginx'], 'with a public URL as a setting', () => {
  let proxy: TlsProxy;

  beforeAll(async () => {
    const { url, plan } = await planTlsProxy({
      hostName: HOST_NAME,
      prefix: '/nuget',
      keepsPrefix: true,
      fromAddress: '127.0.0.1',
    });
    fleet = await startFleet({ environment: { FEEDFLEET_PUBLIC_URL: url } });
    proxy = await startTlsProxy({ ...plan, upstream: fleet.url });
    await fill();
  });
  afterAll(async () => {
    await proxy.stop();
    await fleet.stop();
  });

  describe('a feed with that URL', () => {
    assertFollowable(
      () => proxy,
      () => '',
    );
  });

  it('shows the public URL on the screen and in the settings for clients', () => {
    expect(fleet.screen()).toContain(`${proxy.url}/F/main/api/v3/index.json`);
  });
});
