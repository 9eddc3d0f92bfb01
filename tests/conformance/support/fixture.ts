/** Packages that the reading tests ask for: pushed once a run, under ids that no other run has. */
import { randomBytes } from 'node:crypto';

import type { PackageOptions } from '../../src/support/package-builder.ts';
import type { PackageName, Server } from './server.ts';

export interface Fixture {
  /** Starts every id of the run, and is found by searches. */
  readonly tag: string;
  /** Stable, pre-release, SemVer 2.0.0 and unlisted versions: see `CORE`. */
  readonly core: string;
  /** One version with every field, and dependencies: see `APP`. */
  readonly app: string;
  /** More versions than any page holds: see `MANY`. */
  readonly many: string;
  /** A PowerShell module by its tags. */
  readonly module: string;
  /** Has the package type `DotnetTool`. */
  readonly tool: string;
  /** Bytes of `app`. */
  readonly appBytes: Buffer;
  /** Whether the server took `CORE.unlisted` out of the list and kept its file. */
  readonly unlists: boolean;
}

/** Ascending within each list. */
export const CORE = {
  stable: ['1.0.0', '1.9.0', '1.10.0'],
  prerelease: '2.0.0-beta1',
  semver2: ['2.0.0-rc.2', '2.0.0-rc.10+build.5'],
  /** Newer than all listed stable ones. */
  unlisted: '1.11.0',
} as const;

/** What a client sees that does not know SemVer 2.0.0; unlisted ones too. */
export const CORE_OLD: readonly string[] = [...CORE.stable, CORE.unlisted, CORE.prerelease];
export const CORE_LISTED_OLD: readonly string[] = [...CORE.stable, CORE.prerelease];
export const CORE_ALL: readonly string[] = [...CORE_OLD, ...CORE.semver2];
export const CORE_LISTED: readonly string[] = [...CORE_LISTED_OLD, ...CORE.semver2];

/** 130 stable versions and one that needs SemVer 2.0.0: the newest. */
export const MANY = {
  stable: Array.from({ length: 130 }, (_, minor) => `1.${minor}.0`),
  semver2: '2.0.0-a.1',
} as const;

/** Marks that XML, URLs and JSON have to carry. */
export const HARD_TEXT = `5 < 6 & "7" > '4', ]]> \u00e4\u00f6\u00fc \u6f22\u5b57 \u{1F4E6}`;
const escaped = HARD_TEXT.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const APP = {
  version: '1.2.3',
  title: 'The Application',
  summary: 'A summary of it.',
  tags: ['alpha', 'reclib'],
  projectUrl: 'https://example.org/project',
  iconUrl: 'https://example.org/icon.png',
  licenseUrl: 'https://example.org/license',
  releaseNotes: 'Nothing is new.',
  copyright: 'Copyright of Somebody',
  authors: 'Ann, Bob',
} as const;

function appOptions(tag: string): PackageOptions {
  const text = (name: 'title' | 'summary' | 'projectUrl' | 'iconUrl' | 'licenseUrl' | 'releaseNotes' | 'copyright') =>
    `<${name}>${APP[name]}</${name}>`;
  return {
    id: `${tag}.App`,
    version: APP.version,
    authors: APP.authors,
    description: escaped,
    dependencies: {
      '.NETFramework4.5': [{ id: `${tag}.Core`, version: '[1.9.0,2.0.0)' }],
      '.NETStandard2.0': [{ id: `${tag}.Core`, version: '1.0.0' }, { id: `${tag}.Tool` }],
      'net8.0': [],
    },
    metadataXml:
      ['title', 'summary', 'projectUrl', 'iconUrl', 'licenseUrl', 'releaseNotes', 'copyright']
        .map((name) => text(name as 'title'))
        .join('') + `<tags>${APP.tags.join(' ')}</tags>`,
  };
}

const WORKERS = 8;

async function publishAll(server: Server, packages: readonly PackageOptions[]): Promise<void> {
  const waiting = [...packages];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await server.publish(next);
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}

/** Whether the file of a version is still there after it was removed. */
async function removed(server: Server, name: PackageName): Promise<boolean> {
  const { download } = await server.v2Entry(name);
  const answer = await server.remove(name);
  if (answer.status > 299) throw new Error(`DELETE is refused: ${answer.status} ${answer.reason}`);
  const { status } = await server.send(download, { method: 'HEAD' });
  return status === 200;
}

/** @returns an id part that no other run has. */
export function newTag(): string {
  return `Cf${randomBytes(4).toString('hex')}`;
}

/** @throws Error when the server does not take a push with the key. */
export async function seed(server: Server): Promise<Fixture> {
  const tag = newTag();
  const [core, app, many, module, tool] = ['Core', 'App', 'Many', 'Module', 'Tool'].map((name) => `${tag}.${name}`) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const appBytes = await server.publish(appOptions(tag));
  const modules = ['1.0.0', '1.1.0', '1.2.0-beta'].map((version) => ({
    id: module,
    version,
    metadataXml: '<tags>PSModule PSEdition_Desk</tags>',
  }));
  const toolXml = '<packageTypes><packageType name="DotnetTool"/></packageTypes>';
  await publishAll(server, [
    ...CORE_ALL.map((version) => ({ id: core, version, metadataXml: '<tags>kernel</tags>' })),
    ...modules,
    { id: tool, version: '1.0.0', metadataXml: toolXml },
    ...[...MANY.stable, MANY.semver2].map((version) => ({ id: many, version })),
  ]);
  const unlists = await removed(server, { id: core, version: CORE.unlisted });
  return { tag, core, app, many, module, tool, appBytes, unlists };
}
