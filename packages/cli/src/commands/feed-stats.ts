/** `feedfleet feed stats`. */
import { ProblemError } from '@feedfleet/problems';
import { Option, type Command } from 'commander';

import { apiKeyOf, findBalancerUrl } from '../connection.ts';
import { withoutSecrets } from '../failure.ts';
import { askStatistics, feedStatisticsSchema, packageStatisticsSchema } from '../feed-statistics.ts';
import { leafCommand, runLeaf, type CommandResult, type RunState, type SharedOptions } from '../leaf-command.ts';
import type { CliParts } from '../parts.ts';
import { renderFeedStatistics, renderPackageStatistics } from '../statistics-view.ts';

interface FeedStatsOptions extends SharedOptions {
  readonly url?: string;
  readonly package?: string;
  readonly days: number;
  readonly top: number;
}

const parseWhole =
  (option: string, max: number) =>
  (text: string): number => {
    if (/^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= max) return Number(text);
    throw new ProblemError('usage', { detail: `${option}: expected 1 to ${max}, got "${text}"` });
  };

async function feedUrlOf(name: string | undefined, options: FeedStatsOptions, parts: CliParts): Promise<string> {
  if ((name === undefined) === (options.url === undefined)) {
    throw new ProblemError('usage', { detail: 'give the name of a feed on the fleet of this machine, or --url' });
  }
  const url = options.url ?? `${await findBalancerUrl(options, parts)}/F/${encodeURIComponent(name ?? '')}`;
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url.replace(/\/+$/, '');
  throw new ProblemError('usage', { detail: `--url: expected an http or https URL, got "${withoutSecrets(url)}"` });
}

async function showStatistics(
  name: string | undefined,
  options: FeedStatsOptions,
  parts: CliParts,
): Promise<CommandResult> {
  const request = {
    feedUrl: await feedUrlOf(name, options, parts),
    apiKey: apiKeyOf(options, parts),
    signal: parts.signal,
  };
  const window = `days=${options.days}&take=${options.top}`;
  if (options.package === undefined) {
    const statistics = await askStatistics({
      ...request,
      path: `statistics.json?${window}`,
      schema: feedStatisticsSchema,
    });
    return { document: statistics, text: renderFeedStatistics(statistics) };
  }
  const path = `statistics/${encodeURIComponent(options.package)}.json?${window}`;
  const statistics = await askStatistics({ ...request, path, schema: packageStatisticsSchema });
  return { document: statistics, text: renderPackageStatistics(statistics) };
}

export function feedStatsCommand(parts: CliParts, state: RunState): Command {
  return leafCommand({
    name: 'stats',
    description:
      'Shows what a feed holds, how much of its quotas that is, and its downloads. A private feed asks for a key.',
    examples: [
      { says: 'A feed of this machine', command: 'feedfleet feed stats acme' },
      {
        says: 'The last 90 days of one package',
        command: 'feedfleet feed stats acme --package Acme.Json --days 90 --json',
      },
      {
        says: 'A private feed elsewhere, the key from the environment',
        command: 'FEEDFLEET_API_KEY=... feedfleet feed stats --url https://nuget.example.org/F/acme',
      },
    ],
  })
    .argument('[name]', 'name or alias of the feed, on the fleet of this machine')
    .option('--url <url>', 'URL of the feed, instead of its name')
    .option('--package <id>', 'of one package id only')
    .addOption(new Option('--days <n>', 'how many days of downloads').default(30).argParser(parseWhole('--days', 3660)))
    .addOption(
      new Option('--top <n>', 'how many packages or versions').default(20).argParser(parseWhole('--top', 1000)),
    )
    .action((name: string | undefined, options: FeedStatsOptions) =>
      runLeaf(parts, state, options, () => showStatistics(name, options, parts)),
    );
}
