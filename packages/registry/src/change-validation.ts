/**
 * What a change may not do to the registry: every operation is checked against what the ones before it left.
 *
 * Pure. Schemas say what an entity looks like; this says how entities fit together.
 */
import { ProblemError } from '@feedfleet/problems';
import { MAX_SOURCES_PER_FEED, namesOf, operationSchema, standInFault } from '@feedfleet/registry-client';
import type {
  ApiKey,
  Datacenter,
  Family,
  Feed,
  Operation,
  Quarantine,
  RegistryView,
  Reroute,
  Source,
} from '@feedfleet/registry-client';

type Fault = string | undefined;

function feedFault(view: RegistryView, feed: Feed): Fault {
  const names = namesOf(feed);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) return `the feed would have the name "${repeated}" twice`;
  for (const name of names) {
    const other = view.feedByName(name);
    if (other !== undefined && other.id !== feed.id) return `the name "${name}" belongs to the feed ${other.name}`;
  }
  return undefined;
}

function keyFault(view: RegistryView, key: ApiKey): Fault {
  const twin = view.keyByHash(key.hash);
  if (twin !== undefined && twin.id !== key.id) return `the key is the same as the key ${twin.id}`;
  if (key.feeds === 'all') return undefined;
  const missing = key.feeds.find((id) => view.feedById(id) === undefined);
  return missing === undefined ? undefined : `there is no feed ${missing}`;
}

function feedDeletionFault(view: RegistryView, id: string): Fault {
  const key = view.keys.find(({ feeds }) => feeds !== 'all' && feeds.includes(id));
  if (key !== undefined) return `the key ${key.id} is for this feed`;
  const source = view.sources.find(({ feed, target }) => feed === id || (target.kind === 'feed' && target.feed === id));
  if (source !== undefined) return `the source ${source.id} belongs to this feed or leads to it`;
  const reroute = view.reroutes.find(({ feed }) => feed === id);
  if (reroute !== undefined) return `the reroute ${reroute.id} is for this feed`;
  return view.quarantineOf(id) === undefined ? undefined : 'it is in quarantine';
}

function targetFault(view: RegistryView, { target, mode, loop, allowPrivateAddresses }: Source): Fault {
  if (target.kind === 'foreign') return loop === null ? 'a foreign source needs a loop state' : undefined;
  if (view.feedById(target.feed) === undefined) return `there is no feed ${target.feed}`;
  if (mode !== 'proxy') return 'a source that is a feed of this fleet has the mode proxy';
  if (loop !== null) return 'a source that is a feed of this fleet has no loop state';
  return allowPrivateAddresses ? 'a source that is a feed of this fleet allows no addresses' : undefined;
}

function sourceFault(view: RegistryView, source: Source): Fault {
  if (view.feedById(source.feed) === undefined) return `there is no feed ${source.feed}`;
  const others = view.sourcesOf(source.feed).filter(({ id }) => id !== source.id);
  const name = source.name.toLowerCase();
  const twin = others.find((other) => other.name.toLowerCase() === name);
  if (twin !== undefined) return `the name "${source.name}" belongs to the source ${twin.id} of this feed`;
  if (others.length >= MAX_SOURCES_PER_FEED)
    return `the feed has ${others.length} sources, the most that a feed may have`;
  return targetFault(view, source);
}

function familyDeletionFault(view: RegistryView, id: string): Fault {
  const route = view.routes.find(({ family }) => family === id);
  if (route !== undefined) return `the route ${route.id} leads to it`;
  const reroute = view.reroutes.find(({ family, to }) => family === id || to === id);
  if (reroute !== undefined) return `the reroute ${reroute.id} names it`;
  const other = view.families.find(({ balancing }) => balancing.autoRerouteTo === id);
  if (other !== undefined) return `the family ${other.id} is rerouted to it in bad times`;
  const instance = view.instancesOf(id)[0];
  return instance === undefined ? undefined : `the instance ${instance.id} belongs to it`;
}

function missingFamily(view: RegistryView, family: string): Fault {
  return view.familyById(family) === undefined ? `there is no family ${family}` : undefined;
}

function familyFault(view: RegistryView, { id, balancing: { autoRerouteTo } }: Family): Fault {
  if (autoRerouteTo === null) return undefined;
  if (autoRerouteTo === id) return 'it cannot be rerouted to itself';
  return missingFamily(view, autoRerouteTo) ?? standInFault(id, autoRerouteTo);
}

function rerouteFault(view: RegistryView, { id, family, to, feed }: Reroute): Fault {
  if (family === to) return 'a family cannot be rerouted to itself';
  const missing = missingFamily(view, family) ?? missingFamily(view, to) ?? standInFault(family, to);
  if (missing !== undefined) return missing;
  if (feed !== null && view.feedById(feed) === undefined) return `there is no feed ${feed}`;
  const twin = view.reroutes.find((other) => other.id !== id && other.family === family && other.feed === feed);
  return twin === undefined ? undefined : `the reroute ${twin.id} is for the same requests`;
}

function quarantineFault(view: RegistryView, { id }: Quarantine): Fault {
  return view.feedById(id) === undefined ? `there is no feed ${id}` : undefined;
}

function datacenterFault(view: RegistryView, datacenter: Datacenter): Fault {
  if (!datacenter.writes) return undefined;
  const other = view.datacenters.find(({ id, writes }) => writes && id !== datacenter.id);
  return other === undefined ? undefined : `the datacenter ${other.id} has the writes`;
}

function datacenterDeletionFault(view: RegistryView, id: string): Fault {
  const instance = view.instances.find(({ datacenter }) => datacenter === id);
  return instance === undefined ? undefined : `the instance ${instance.id} runs there`;
}

function faultOf(view: RegistryView, operation: Operation): Fault {
  switch (operation.entity) {
    case 'feed':
      return operation.value === null ? feedDeletionFault(view, operation.id) : feedFault(view, operation.value);
    case 'key':
      return operation.value === null ? undefined : keyFault(view, operation.value);
    case 'family':
      return operation.value === null ? familyDeletionFault(view, operation.id) : familyFault(view, operation.value);
    case 'source':
      return operation.value === null ? undefined : sourceFault(view, operation.value);
    case 'reroute':
      return operation.value === null ? undefined : rerouteFault(view, operation.value);
    case 'quarantine':
      return operation.value === null ? undefined : quarantineFault(view, operation.value);
    case 'datacenter':
      return operation.value === null
        ? datacenterDeletionFault(view, operation.id)
        : datacenterFault(view, operation.value);
    case 'instance':
    case 'route':
      return operation.value === null ? undefined : missingFamily(view, operation.value.family);
  }
}

/**
 * Checks operations one after another.
 *
 * @throws {ProblemError} `FF_CONFLICT` when one does not fit with what is there, `FF_INVALID_REQUEST` when one is not valid
 * by itself; the detail names the entity and the reason.
 */
export function validateOperations(view: RegistryView, operations: readonly Operation[]): void {
  let reached = view;
  for (const operation of operations) {
    const { entity, id } = operation;
    const parsed = operationSchema.safeParse(operation);
    if (!parsed.success) {
      const reason = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
      throw new ProblemError('invalidRequest', { detail: `${entity} ${id}: ${reason}` });
    }
    const fault = faultOf(reached, operation);
    if (fault !== undefined) throw new ProblemError('conflict', { detail: `${entity} ${id}: ${fault}` });
    reached = reached.apply({
      number: reached.number + 1,
      at: '1970-01-01T00:00:00.000Z',
      actor: '',
      summary: '',
      operations: [operation],
    });
  }
}
