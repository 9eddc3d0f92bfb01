/** The busiest feeds in metrics, read off when metrics are scraped: a series comes and goes with its feed, so that they are few at a time. */
import type { Metrics } from '@feedfleet/host';
import type { CompartmentsState } from './compartments-state.ts';
import type { FeedLoad } from './feed-load.ts';

type FeedsTold = Pick<CompartmentsState, 'topFeeds' | 'topFeedsForMs'>;

/** Too short a time tells nothing of a second, in milliseconds. */
const LEAST_MS = 1_000;

/** All of them are of the last minute at most, by id of the feed. */
export function declareFeedMetrics(metrics: Metrics, told: () => FeedsTold): void {
  const each = (valueOf: (load: FeedLoad, seconds: number) => number | null) => () => {
    const { topFeeds, topFeedsForMs } = told();
    const seconds = Math.max(LEAST_MS, topFeedsForMs) / 1_000;
    return topFeeds.flatMap((load) => {
      const value = valueOf(load, seconds);
      return value === null ? [] : [{ labels: { feed: load.feed }, value }];
    });
  };
  metrics.gauge({
    name: 'feedfleet_balancer_feed_load',
    help: 'Requests of the busiest feeds under way at a time, by id of the feed.',
    labels: ['feed'],
    collectEach: each(({ busyMs }, seconds) => busyMs / 1_000 / seconds),
  });
  metrics.gauge({
    name: 'feedfleet_balancer_feed_requests_per_second',
    help: 'Finished requests of the busiest feeds, by id of the feed.',
    labels: ['feed'],
    collectEach: each(({ requests }, seconds) => requests / seconds),
  });
  metrics.gauge({
    name: 'feedfleet_balancer_feed_errors_per_second',
    help: 'Failed requests of the busiest feeds, by id of the feed.',
    labels: ['feed'],
    collectEach: each(({ errors }, seconds) => errors / seconds),
  });
  metrics.gauge({
    name: 'feedfleet_balancer_feed_refused_per_second',
    help: 'Requests of the busiest feeds that were turned away, by id of the feed.',
    labels: ['feed'],
    collectEach: each(({ shed }, seconds) => shed / seconds),
  });
  metrics.gauge({
    name: 'feedfleet_balancer_feed_latency_seconds',
    help: 'Mean time to the head of an answer of the busiest feeds, by id of the feed.',
    labels: ['feed'],
    collectEach: each(({ answeredMs }) => (answeredMs === null ? null : answeredMs / 1_000)),
  });
}
