/**
 * `npm run record:clients`: lets real clients restore, search and install from a throw-away fleet, and keeps what they ask as
 * `packages/load/src/scenarios/recorded-clients.json`, with addresses, ids and versions left open. Clients that this machine lacks keep
 * what was recorded of them before.
 *
 * What Visual Studio asks is not recorded, because it runs on Windows alone: it is written down here.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { startFleet } from '@feedfleet/throwaway-fleet';

import { Dotnet } from '../support/dotnet.ts';
import { FeedClient } from '../support/feed-client.ts';
import { ModernNuget, NugetExe } from '../support/nuget-exe.ts';
import { buildPackage } from '../support/package-builder.ts';
import { RecordingRelay } from '../support/recording-relay.ts';
import { Template } from './request-template.ts';
import type { RecordedRequest } from './request-template.ts';

interface Conversation {
  readonly client: string;
  /** Of a hundred requests of the mix; ours, not recorded. */
  readonly weight: number;
  readonly origin: 'recorded' | 'written down';
  readonly requests: readonly RecordedRequest[];
}

interface Recorded {
  readonly client: string;
  readonly weight: number;
  /** @param feed - URL of the feed, by way of the relay. */
  readonly run: (feed: string) => Promise<void>;
}

const file = path.resolve(import.meta.dirname, '../../../packages/load/src/scenarios/recorded-clients.json');
const FEED = 'Recorded';
const VERSIONS = ['1.0.0', '1.1.0', '1.2.0'] as const;
const [NEWEST] = VERSIONS.slice(-1);
const DEPENDENCIES: Readonly<Record<string, readonly string[]>> = {
  'Rec.Core': [],
  'Rec.Logging': ['Rec.Core'],
  'Rec.Http': ['Rec.Core', 'Rec.Logging'],
  'Rec.Data': ['Rec.Core'],
};
const IDS = Object.keys(DEPENDENCIES);
const CONFIG = `<packages>${IDS.map((id) => `<package id="${id}" version="${NEWEST}" targetFramework="net45"/>`).join('')}</packages>`;

/**
 * Source: NuGet.Protocol, the library that Visual Studio's package manager calls: `PackageSearchResourceV3`, `RawSearchResourceV3`,
 * `PackageMetadataResourceV3`, `AutoCompleteResourceV3`, `V2FeedQueryBuilder`.
 */
const AGENT = { 'user-agent': 'NuGet VS VSIX/6.0.0 (Windows)', 'accept-encoding': 'gzip, deflate' };
const visualStudio: readonly Conversation[] = [
  {
    client: 'Visual Studio, v3',
    weight: 10,
    origin: 'written down',
    requests: [
      '{index}',
      '{search}?q=&skip=0&take=26&prerelease=false&semVerLevel=2.0.0',
      '{search}?q={0.term}&skip=0&take=26&prerelease=false&semVerLevel=2.0.0',
      '{registration}{0.lowerId}/index.json',
      '{registration}{1.lowerId}/index.json',
      '{content}{0.lowerId}/index.json',
      '{0.download}',
    ].map((url) => ({ url, headers: AGENT })),
  },
  {
    client: 'Visual Studio, v2',
    weight: 5,
    origin: 'written down',
    requests: [
      "{v2}/Search()?$filter=IsLatestVersion&$orderby=Id&searchTerm='{0.term}'&targetFramework=''&includePrerelease=false&$skip=0&$top=26&semVerLevel=2.0.0",
      "{v2}/FindPackagesById()?id='{0.id}'&semVerLevel=2.0.0",
      "{v2}/FindPackagesById()?id='{1.id}'&semVerLevel=2.0.0",
      '{0.v2Download}',
    ].map((url) => ({ url, headers: AGENT })),
  },
];

async function withDotnet(source: string, ...commands: readonly (readonly string[])[]): Promise<void> {
  const client = new Dotnet();
  client.configure({ feed: { url: source } });
  client.project('user', { id: 'User', version: '1.0.0', references: { 'Rec.Http': '1.1.0', 'Rec.Data': '1.*' } });
  try {
    for (const command of commands) expectSuccess(command, await client.dotnet(command));
  } finally {
    client.remove();
  }
}

async function withNuget(client: NugetExe | ModernNuget, source: string, ...args: readonly string[]): Promise<void> {
  client.configure({ feed: { url: source } });
  client.write('packages.config', CONFIG);
  try {
    expectSuccess(args, await client.nuget(...args, '-Source', source));
  } finally {
    client.remove();
  }
}

function expectSuccess(
  command: readonly string[],
  { code, output }: { readonly code: number | null; readonly output: string },
): void {
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${output}`);
}

const INDEX = '/api/v3/index.json';
const RESTORE_CONFIG = ['restore', 'packages.config', '-PackagesDirectory', 'packages'];
const recorded: readonly Recorded[] = [
  { client: 'dotnet restore, v3', weight: 40, run: (feed) => withDotnet(feed + INDEX, ['restore', 'user']) },
  { client: 'dotnet restore, v2', weight: 10, run: (feed) => withDotnet(`${feed}/api/v2`, ['restore', 'user']) },
  {
    client: 'dotnet package search, v3',
    weight: 5,
    run: (feed) => withDotnet(feed + INDEX, ['package', 'search', 'rec']),
  },
  {
    client: 'nuget.exe 5.8.0 restore, v3',
    weight: 8,
    run: (feed) => withNuget(new ModernNuget('5.8.0'), feed + INDEX, ...RESTORE_CONFIG),
  },
  {
    client: 'nuget.exe 5.8.0 restore, v2',
    weight: 7,
    run: (feed) => withNuget(new ModernNuget('5.8.0'), `${feed}/api/v2`, ...RESTORE_CONFIG),
  },
  {
    client: 'nuget.exe 2.8.7 install, v2',
    weight: 10,
    run: (feed) => withNuget(new NugetExe(), feed, 'install', 'Rec.Http'),
  },
  { client: 'nuget.exe 2.8.7 list, v2', weight: 5, run: (feed) => withNuget(new NugetExe(), feed, 'list', 'rec') },
];

async function main(): Promise<void> {
  const before = JSON.parse(readFileSync(file, 'utf8')) as { readonly conversations: readonly Conversation[] };
  const fleet = await startFleet();
  const relay = await RecordingRelay.open(fleet.url);
  try {
    await fleet.registry.feeds.create({ name: FEED, visibility: 'public' });
    await pushAll(new FeedClient(`${fleet.url}/F/${FEED}`, fleet.adminKey));
    const feed = `${relay.url}/F/${FEED}`;
    const template = await Template.of(feed, IDS);
    const conversations: Conversation[] = [];
    for (const { client, weight, run } of recorded) {
      relay.relayed.length = 0;
      const requests = await run(feed).then(
        () => template.requestsOf(relay.relayed, relay.url),
        (error: unknown) => {
          process.stderr.write(`${client}: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}\n`);
          return before.conversations.find((each) => each.client === client)?.requests ?? [];
        },
      );
      process.stdout.write(`${client}: ${requests.length} requests\n`);
      conversations.push({ client, weight, origin: 'recorded', requests });
    }
    writeFileSync(file, `${JSON.stringify({ conversations: [...conversations, ...visualStudio] }, undefined, 2)}\n`);
  } finally {
    await relay.close();
    await fleet.stop();
  }
}

async function pushAll(client: FeedClient): Promise<void> {
  for (const [id, dependencies] of Object.entries(DEPENDENCIES)) {
    for (const version of VERSIONS) {
      const on = { '': dependencies.map((each) => ({ id: each, version: '1.0.0' })) };
      const { status, text } = await client.push(buildPackage({ id, version, dependencies: on }));
      if (status !== 201) throw new Error(`the push answered ${status} ${text}`);
    }
  }
  client.disconnect();
}

await main();
