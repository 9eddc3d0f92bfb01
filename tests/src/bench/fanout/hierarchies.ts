/** Feeds with 1, 5, 20 and 50 sources: of the fleet, and foreign ones. */
import { eventually } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { writeVersions } from '../seed.ts';
import type { SlowSources } from './slow-sources.ts';

export const WIDTHS = [1, 5, 20, 50] as const;
/** A feed of the fleet that has what each of the leaves has. */
export const LEAF = 'leaf0';
export const WARM_ID = 'fan.warm';
export const COLD_IDS = 9;

export const coldId = (width: number, place: number): string => `fan.cold${width}.n${place}`;

const places = (count: number): readonly number[] => Array.from({ length: count }, (_each, place) => place);
const idsOf = (place: number): readonly string[] => [
  WARM_ID,
  ...WIDTHS.filter((width) => width > place).flatMap((width) => places(COLD_IDS).map((each) => coldId(width, each))),
];

/** Leaves, each with a version of its own of every id, and `own-WIDTH` over as many of them. */
export async function addOwn({ registry, ...fleet }: Fleet): Promise<void> {
  const leaves = places(Math.max(...WIDTHS));
  const versions: { feedId: string; id: string; version: string }[] = [];
  for (const place of leaves) {
    const { feed } = await registry.feeds.create({ name: `leaf${place}`, visibility: 'public' });
    versions.push(...idsOf(place).map((id) => ({ feedId: feed.id, id, version: `${place + 1}.0.0` })));
  }
  await writeVersions({ registry, ...fleet }, versions);
  for (const width of WIDTHS) {
    await registry.feeds.create({ name: `own-${width}`, visibility: 'public' });
    for (const place of leaves.slice(0, width)) {
      const target = { kind: 'feed', feed: `leaf${place}` } as const;
      await registry.sources.create(`own-${width}`, { name: target.feed, target });
    }
  }
}

/** `foreign-WIDTH`, which keeps answers for ten minutes, and `stale-WIDTH`, for which every kept answer is old at once. */
export async function addForeign({ registry }: Fleet, servers: SlowSources): Promise<void> {
  for (const [prefix, freshMs] of [['foreign', 600_000] as const, ['stale', 0] as const]) {
    for (const width of WIDTHS) {
      const name = `${prefix}-${width}`;
      await registry.feeds.create({ name, visibility: 'public' });
      const reports = [];
      for (const place of places(width)) {
        const target = { kind: 'foreign', protocol: 'v3', url: servers.url(place) } as const;
        const options = { name: `slow${place}`, target, freshMs, allowPrivateAddresses: true };
        const { source } = await registry.sources.create(name, options);
        const report = { source: source.id, url: target.url, fingerprint: null, state: 'clear' } as const;
        reports.push(report);
      }
      await registry.sources.report({ reports });
    }
  }
}

/** Resolves when the feed answers with something of each of its sources. */
export async function untilComplete(url: string, width: number): Promise<void> {
  await eventually({ what: url, limitMs: 30_000 }, async () => {
    const answer = await fetch(url);
    const text = await answer.text();
    const isComplete = new RegExp(`\\b(?:${width}|${width - 1})\\.0\\.0\\b`).test(text);
    return answer.status === 200 && isComplete && !answer.headers.has('x-feedfleet-partial') ? true : undefined;
  });
}
