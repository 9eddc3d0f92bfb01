/** The states of all balancers as one: what a fleet does right now. Pure. */
import type { BalancerState } from '@feedfleet/registry-client';

import { renderTable } from '../table.ts';

interface TopFamily {
  readonly id: string;
  readonly requestsPerSecond: number;
  readonly errorShare: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly inFlight: number;
  /** Who serves it instead, with the share in percent. */
  readonly rerouted: readonly string[];
}

interface TopInstance {
  readonly id: string;
  readonly family: string;
  readonly state: string;
  readonly weight: number;
  readonly inFlight: number;
  readonly latencyMs: number | null;
  readonly requests: number;
  readonly failures: number;
}

interface TopFeed {
  readonly id: string;
  readonly name: string;
  readonly requestsPerSecond: number;
  /** Requests under way at a time, on average. */
  readonly load: number;
  readonly errors: number;
  readonly shed: number;
  readonly latencyMs: number | null;
  readonly isInQuarantine: boolean;
}

export interface Top {
  readonly at: string;
  readonly balancers: readonly string[];
  /** Balancers that did not answer. */
  readonly silent: readonly string[];
  readonly isRegistryConnected: boolean;
  readonly overrides: number;
  readonly families: readonly TopFamily[];
  readonly instances: readonly TopInstance[];
  readonly feeds: readonly TopFeed[];
}

const MAX_FEEDS = 15;

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((total, value) => total + of(value), 0);

/** @param silent - addresses of those that did not answer. */
export function topOf(states: readonly BalancerState[], silent: readonly string[]): Top {
  return {
    at: states[0]?.at ?? '',
    balancers: states.map(({ instance }) => instance),
    silent,
    isRegistryConnected: states.every(({ registry }) => registry.connected),
    overrides: sum(states, ({ overrides }) => overrides.length),
    families: familiesOf(states),
    instances: instancesOf(states),
    feeds: feedsOf(states),
  };
}

function familiesOf(states: readonly BalancerState[]): readonly TopFamily[] {
  const loads = Map.groupBy(
    states.flatMap(({ families }) => families),
    ({ id }) => id,
  );
  const pools = Map.groupBy(
    states.flatMap((state) => state.pools),
    ({ family }) => family,
  );
  const ids = [...new Set([...pools.keys(), ...loads.keys()])].sort();
  return ids.map((id) => {
    const own = loads.get(id) ?? [];
    const requestsPerSecond = sum(own, (load) => load.requestsPerSecond);
    const failing = sum(own, (load) => load.requestsPerSecond * load.errorShare);
    const members = (pools.get(id) ?? []).flatMap((pool) => pool.members);
    const rerouted = states.flatMap(({ reroutes, feeds }) =>
      reroutes
        .filter(({ family }) => family === id)
        .map(({ to, percent, feed }) => `${to} ${percent} %${feed === null ? '' : ` (${feeds[feed] ?? feed})`}`),
    );
    return {
      ...{ id, requestsPerSecond, errorShare: requestsPerSecond === 0 ? 0 : failing / requestsPerSecond },
      p50Ms: Math.max(0, ...own.map((load) => load.p50Ms)),
      p99Ms: Math.max(0, ...own.map((load) => load.p99Ms)),
      inFlight: sum(members, (member) => member.inFlight),
      rerouted: [...new Set(rerouted)],
    };
  });
}

type Member = BalancerState['pools'][number]['members'][number];

function stateOf(members: readonly Member[]): string {
  const [first] = members;
  if (first === undefined) return '';
  const { state, pool } = first.instance;
  const unwell = members.find(({ health }) => health === 'down' || health === 'ejected');
  const words = [
    unwell?.health ?? first.health,
    state === 'draining' ? 'draining' : '',
    pool === 'quarantine' ? pool : '',
  ];
  return words.filter((word) => word !== '').join(', ');
}

function instancesOf(states: readonly BalancerState[]): readonly TopInstance[] {
  const members = states.flatMap(({ pools }) => pools.flatMap((pool) => pool.members));
  const byId = [...Map.groupBy(members, ({ instance }) => instance.id)].sort(([left], [right]) =>
    left < right ? -1 : 1,
  );
  return byId.map(([id, own]) => {
    const latencies = own.flatMap(({ latencyMs }) => latencyMs ?? []);
    return {
      id,
      family: own[0]?.instance.family ?? '',
      state: stateOf(own),
      weight: own[0]?.instance.weight ?? 0,
      inFlight: sum(own, (member) => member.inFlight),
      latencyMs: latencies.length === 0 ? null : Math.max(...latencies),
      requests: sum(own, (member) => member.requests),
      failures: sum(own, (member) => member.failures),
    };
  });
}

function feedsOf(states: readonly BalancerState[]): readonly TopFeed[] {
  const loads = states.flatMap(({ compartments: { topFeeds, topFeedsForMs }, feeds, quarantines }) =>
    topFeeds.map((load) => ({
      ...load,
      name: feeds[load.feed] ?? load.feed,
      seconds: Math.max(1, topFeedsForMs / 1000),
      isInQuarantine: quarantines.some(({ id }) => id === load.feed),
    })),
  );
  const feeds = [...Map.groupBy(loads, ({ feed }) => feed)].map(([id, own]): TopFeed => {
    const latencies = own.flatMap(({ answeredMs }) => answeredMs ?? []);
    return {
      ...{ id, name: own[0]?.name ?? id, isInQuarantine: own.some((load) => load.isInQuarantine) },
      requestsPerSecond: sum(own, ({ requests, seconds }) => requests / seconds),
      load: sum(own, ({ busyMs, seconds }) => busyMs / 1000 / seconds),
      errors: sum(own, ({ errors }) => errors),
      shed: sum(own, ({ shed }) => shed),
      latencyMs: latencies.length === 0 ? null : Math.max(...latencies),
    };
  });
  return feeds.toSorted((left, right) => right.load - left.load).slice(0, MAX_FEEDS);
}

const short = (value: number): string => (value >= 100 || value === 0 ? value.toFixed(0) : value.toFixed(1));
const ms = (value: number | null): string => (value === null ? '' : `${short(value)} ms`);
const percent = (share: number): string => `${short(share * 100)} %`;

export function renderTop(top: Top): string {
  const silent = top.silent.length === 0 ? '' : `, no answer from ${top.silent.join(', ')}`;
  const registry = top.isRegistryConnected ? 'registry connected' : 'REGISTRY DEAD';
  const overrides = top.overrides === 0 ? '' : `, ${top.overrides} overrides past the registry`;
  const head = `${top.at}  ${top.balancers.join(', ')}${silent}  ${registry}${overrides}\n`;
  const families = renderTable(
    ['FAMILY', 'REQ/S', 'ERRORS', 'P50', 'P99', 'UNDER WAY', 'SERVED BY'],
    top.families.map((family) => [
      ...[family.id, short(family.requestsPerSecond), percent(family.errorShare)],
      ...[ms(family.p50Ms), ms(family.p99Ms), String(family.inFlight), family.rerouted.join(', ')],
    ]),
  );
  const instances = renderTable(
    ['INSTANCE', 'FAMILY', 'STATE', 'WEIGHT', 'UNDER WAY', 'LATENCY', 'REQUESTS', 'FAILED'],
    top.instances.map((each) => [
      ...[each.id, each.family, each.state, String(each.weight), String(each.inFlight), ms(each.latencyMs)],
      ...[String(each.requests), String(each.failures)],
    ]),
  );
  const feeds = renderTable(
    ['FEED', 'LOAD', 'REQ/S', 'ERRORS', 'SHED', 'LATENCY', ''],
    top.feeds.map((feed) => [
      ...[feed.name, short(feed.load), short(feed.requestsPerSecond), String(feed.errors), String(feed.shed)],
      ...[ms(feed.latencyMs), feed.isInQuarantine ? 'quarantine' : ' '],
    ]),
  );
  return [head, families, instances, feeds].join('\n');
}
