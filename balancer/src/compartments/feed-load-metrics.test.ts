import { createMetrics } from '@feedfleet/host';
import { describe, expect, it } from '@jest/globals';
import { declareFeedMetrics } from './feed-load-metrics.ts';
import { FeedLoads } from './feed-load.ts';

async function scraped(loads: FeedLoads, now: number): Promise<readonly string[]> {
  const metrics = createMetrics({ service: 'balancer', instance: 'b-1' });
  declareFeedMetrics(metrics, () => {
    const { feeds, sinceMs } = loads.top(20, now);
    return { topFeeds: feeds, topFeedsForMs: sinceMs };
  });
  const { body } = await metrics.render();
  return body.split('\n').filter((line) => line.startsWith('feedfleet_balancer_feed_'));
}

const plain = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => line.replace('feedfleet_balancer_feed_', '').replace(/,service="balancer",instance="b-1"/, ''));

describe('metrics of feeds', () => {
  it('tell of each busy feed what it takes, and how it fares', async () => {
    const loads = new FeedLoads(0);
    loads.finished('f1', { isError: false, busyMs: 4_000, answeredMs: 100 }, 5_000);
    loads.finished('f1', { isError: true, busyMs: 1_000, answeredMs: 300 }, 5_000);
    loads.refused('f1', 6_000);
    loads.refused('f2', 6_000);
    expect(plain(await scraped(loads, 10_000))).toEqual([
      'load{feed="f1"} 0.5',
      'load{feed="f2"} 0',
      'requests_per_second{feed="f1"} 0.2',
      'requests_per_second{feed="f2"} 0',
      'errors_per_second{feed="f1"} 0.1',
      'errors_per_second{feed="f2"} 0',
      'refused_per_second{feed="f1"} 0.1',
      'refused_per_second{feed="f2"} 0.1',
      'latency_seconds{feed="f1"} 0.2',
    ]);
  });

  it('have few series at a time, whatever there is, and none of a feed that rests', async () => {
    const loads = new FeedLoads(0);
    for (let feed = 0; feed < 1_000; feed++) {
      loads.finished(`f${feed}`, { isError: false, busyMs: feed, answeredMs: undefined }, 1_000);
    }
    expect(await scraped(loads, 2_000)).toHaveLength(80);
    expect(await scraped(loads, 200_000)).toEqual([]);
  });
});
