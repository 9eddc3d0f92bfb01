/** What an override may not say, by what the fleet looks like at that moment; and the feed that it names, by its id. Pure. */
import { readRequest } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { epochPastRegistry, overrideValueSchemas, standInFault } from '@feedfleet/registry-client';
import type { Override, OverrideEntity, OverrideKey, RegistryView } from '@feedfleet/registry-client';
import { newestEpoch } from './override-operations.ts';

const noSuch = (what: string): ProblemError => new ProblemError('noSuchEntity', { detail: `there is no ${what}` });

export function isOverrideEntity(word: string): word is OverrideEntity {
  return Object.hasOwn(overrideValueSchemas, word);
}

/** The id of a feed, by id, name or alias. */
function feedIdOf(view: RegistryView, word: string): string {
  const feed = view.feedById(word) ?? view.feedByName(word);
  if (feed === undefined) throw noSuch(`feed ${word}`);
  return feed.id;
}

type RerouteValue = Extract<Override, { entity: 'reroute' }>['value'];

function checkedReroute(view: RegistryView, id: string, value: RerouteValue): RerouteValue {
  if (value === null) {
    if (view.rerouteById(id) === undefined) throw noSuch(`reroute ${id}`);
    return null;
  }
  const { family, to, feed } = value;
  for (const each of [family, to]) if (view.familyById(each) === undefined) throw noSuch(`family ${each}`);
  const fault = family === to ? 'a family cannot be rerouted to itself' : standInFault(family, to);
  if (fault !== undefined) throw new ProblemError('conflict', { detail: fault });
  return feed === null || feed === undefined ? value : { ...value, feed: feedIdOf(view, feed) };
}

/** The same at every balancer where the caller has chosen it. */
function checkedEpoch(view: RegistryView, epoch: number | undefined): number {
  const newest = newestEpoch(view);
  if (epoch !== undefined && epoch <= newest) {
    throw new ProblemError('conflict', { detail: `epoch: expected one newer than ${newest}, got ${epoch}` });
  }
  return epoch ?? epochPastRegistry(newest);
}

/**
 * @returns the override without who set it and when; its id is that of a feed where it names one.
 * @throws {ProblemError} `FF_INVALID_REQUEST`, `FF_NO_SUCH_ENTITY` or `FF_CONFLICT`.
 */
export function checkedOverride(
  view: RegistryView,
  { entity, id }: OverrideKey,
  value: unknown,
): DistributiveOmit<Override, 'at' | 'actor'> {
  const where = 'value';
  switch (entity) {
    case 'reroute': {
      const read = readRequest(overrideValueSchemas.reroute, value, { where });
      return { entity, id, value: checkedReroute(view, id, read) };
    }
    case 'quarantine': {
      const read = readRequest(overrideValueSchemas.quarantine, value, { where });
      return { entity, id: feedIdOf(view, id), value: read };
    }
    case 'instance': {
      if (view.instanceById(id) === undefined) throw noSuch(`instance ${id}`);
      return { entity, id, value: readRequest(overrideValueSchemas.instance, value, { where }) };
    }
    case 'datacenter': {
      if (view.datacenterById(id) === undefined) throw noSuch(`datacenter ${id}`);
      const read = readRequest(overrideValueSchemas.datacenter, value, { where });
      return { entity, id, value: { ...read, epoch: checkedEpoch(view, read.epoch) } };
    }
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
