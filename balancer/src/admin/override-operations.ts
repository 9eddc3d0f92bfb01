/** What overrides change in a view of the registry, as operations of a change. What fits no more is left out. Pure. */
import { epochPastRegistry, standInFault } from '@feedfleet/registry-client';
import type { Operation, Override, RegistryView, Reroute } from '@feedfleet/registry-client';

type OverrideOf<E extends Override['entity']> = Extract<Override, { readonly entity: E }>;

/** Milliseconds since the epoch at which an override ends by itself. */
export function endOf(override: Override): number {
  if (override.entity === 'instance' || override.entity === 'datacenter') return Infinity;
  const until = override.value?.until ?? null;
  return until === null ? Infinity : Date.parse(until);
}

/**
 * An override with what the one before it says of the same: whoever sets a weight has not said that the instance drains no more. What the
 * registry says itself is left out, so that it has the word again from then on.
 *
 * @returns `undefined` when nothing is left.
 */
export function withBefore(
  override: Override,
  before: Override | undefined,
  registry: Pick<RegistryView, 'instanceById'>,
): Override | undefined {
  if (override.entity !== 'instance') return override;
  const said = registry.instanceById(override.id);
  const value = { ...(before?.entity === 'instance' ? before.value : {}), ...override.value };
  if (value.state === said?.state) delete value.state;
  if (value.weight === said?.weight) delete value.weight;
  return Object.keys(value).length === 0 ? undefined : { ...override, value };
}

/** @param now - milliseconds since the epoch. */
export function operationsOf(view: RegistryView, overrides: readonly Override[], now: number): readonly Operation[] {
  return overrides.filter((override) => endOf(override) > now).flatMap((override) => operationsOfOne(view, override));
}

function operationsOfOne(view: RegistryView, override: Override): readonly Operation[] {
  switch (override.entity) {
    case 'reroute':
      return rerouteOperations(view, override);
    case 'quarantine':
      return quarantineOperations(view, override);
    case 'instance':
      return instanceOperations(view, override);
    case 'datacenter':
      return datacenterOperations(view, override);
  }
}

function rerouteOperations(view: RegistryView, { id, value, at, actor }: OverrideOf<'reroute'>): readonly Operation[] {
  const gone = (reroute: Reroute): Operation => ({ entity: 'reroute', id: reroute.id, value: null });
  if (value === null) return view.reroutes.filter((each) => each.id === id && isOlder(each, at)).map(gone);
  const { family, to, feed = null, percent = 100, reason = '', until = null } = value;
  const isPossible = view.familyById(to) !== undefined && standInFault(family, to) === undefined;
  if (!isPossible || (feed !== null && view.feedById(feed) === undefined)) return [];
  const twins = view.reroutes.filter((each) => each.id !== id && each.family === family && each.feed === feed);
  const reroute = { id, family, to, feed, percent, reason, until, createdAt: at, actor };
  return [...twins.map(gone), { entity: 'reroute', id, value: reroute }];
}

function quarantineOperations(
  view: RegistryView,
  { id, value, at, actor }: OverrideOf<'quarantine'>,
): readonly Operation[] {
  if (value === null) {
    const quarantine = view.quarantineOf(id);
    return quarantine === undefined || !isOlder(quarantine, at) ? [] : [{ entity: 'quarantine', id, value: null }];
  }
  if (view.feedById(id) === undefined) return [];
  const { reason = '', until = null } = value;
  return [{ entity: 'quarantine', id, value: { id, reason, until, createdAt: at, actor } }];
}

export const newestEpoch = ({ datacenters }: Pick<RegistryView, 'datacenters'>): number =>
  Math.max(0, ...datacenters.map(({ epoch }) => epoch));

/** What the registry says later is a new word, which was not meant. */
function isOlder({ createdAt }: { readonly createdAt: string }, at: string): boolean {
  return Date.parse(createdAt) <= Date.parse(at);
}

function instanceOperations(view: RegistryView, { id, value }: OverrideOf<'instance'>): readonly Operation[] {
  const instance = view.instanceById(id);
  if (instance === undefined) return [];
  const { state = instance.state, weight = instance.weight } = value;
  if (state === instance.state && weight === instance.weight) return [];
  return [{ entity: 'instance', id, value: { ...instance, state, weight } }];
}

/** Counts until the registry has given the writes by a newer epoch: then somebody has decided anew. */
function datacenterOperations(view: RegistryView, { id, value }: OverrideOf<'datacenter'>): readonly Operation[] {
  const { datacenters } = view;
  const { epoch = epochPastRegistry(newestEpoch(view)) } = value;
  const target = datacenters.find((each) => each.id === id);
  if (target === undefined || epoch <= newestEpoch(view)) return [];
  const others = datacenters.filter((each) => each.writes && each !== target);
  return [
    ...others.map((each): Operation => ({ entity: 'datacenter', id: each.id, value: { ...each, writes: false } })),
    { entity: 'datacenter', id, value: { ...target, writes: true, epoch } },
  ];
}
