/** Which server a run of load is sent to: a URL, or the fleet on this machine; and which of its processes are looked at. */
import type { Scenario, TargetOptions } from '@feedfleet/load';
import { ProblemError } from '@feedfleet/problems';

import { apiKeyOf, findBalancerUrl, findRegistry } from '../connection.ts';
import { dataFolderOf } from '../data-folder.ts';
import { isOwnMachine } from '../own-machine.ts';
import type { CliParts } from '../parts.ts';
import type { LoadCommandOptions } from './load-options.ts';

/** @throws {ProblemError} `FF_USAGE` when nothing names a target. */
export async function targetOptionsOf(
  scenario: Pick<Scenario, 'name'>,
  options: LoadCommandOptions,
  parts: CliParts,
): Promise<Omit<TargetOptions, 'signal'>> {
  const url = options.target ?? (await ownFleetUrl(options, parts));
  return {
    url,
    feeds: await feedsOf(scenario, options, parts),
    packages: options.package ?? [],
    key: apiKeyOf(options, parts),
    mayLoad: options.iMayLoad ?? [],
    prepare: options.prepare === true,
  };
}

/** A target that is named may be a feed already; the fleet on this machine is many. */
async function feedsOf(
  { name }: Pick<Scenario, 'name'>,
  options: LoadCommandOptions,
  parts: CliParts,
): Promise<readonly string[]> {
  const given = options.feed ?? [];
  if (given.length > 0 || options.target !== undefined) return given;
  if (name === 'feeds') return await allFeeds(options, parts);
  throw new ProblemError('usage', {
    detail: '--feed: name a feed of the fleet on this machine, or another server with --target',
  });
}

async function ownFleetUrl(options: LoadCommandOptions, parts: CliParts): Promise<string> {
  const url = await findBalancerUrl(options, parts).catch((error: unknown) => {
    if (!(error instanceof ProblemError)) throw error;
    throw new ProblemError('usage', {
      detail: `--target: name a server, for there is no fleet here: ${error.detail ?? ''}`,
      cause: error,
    });
  });
  return `${url}/F/{feed}`;
}

/** Of the fleet on this machine, by name. */
async function allFeeds(options: LoadCommandOptions, parts: CliParts): Promise<readonly string[]> {
  const { MOST_FEEDS } = await import('@feedfleet/load');
  const feeds = await parts.openRegistry(await findRegistry(options, parts)).feeds.list();
  return feeds
    .filter(({ visibility }) => visibility === 'public')
    .map(({ name }) => name)
    .slice(0, MOST_FEEDS);
}

/** Of the fleet on this machine, while the target is on it too; of no other. */
export async function fleetProcesses(
  url: string,
  options: LoadCommandOptions,
  parts: CliParts,
): Promise<() => ReadonlyMap<string, number>> {
  if (!isOwnMachine(url.replaceAll('{feed}', 'feed'))) return () => new Map();
  const { processesOfFleet } = await import('@feedfleet/load');
  const data = await dataFolderOf(options.data, parts);
  return () => processesOfFleet(data);
}
