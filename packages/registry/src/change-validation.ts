/**
 * What a change may not do to the registry: every operation is checked against what the ones before it left.
 *
 * Pure. Schemas say what an entity looks like; this says how entities fit together.
 */
import { ProblemError } from '@feedfleet/problems';
import { MAX_SOURCES_PER_FEED, namesOf, operationSchema } from '@feedfleet/registry-client';
import type { ApiKey, Feed, Operation, RegistryView, Source } from '@feedfleet/registry-client';

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
  return source === undefined ? undefined : `the source ${source.id} belongs to this feed or leads to it`;
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
  const instance = view.instancesOf(id)[0];
  return instance === undefined ? undefined : `the instance ${instance.id} belongs to it`;
}

function missingFamily(view: RegistryView, family: string): Fault {
  return view.familyById(family) === undefined ? `there is no family ${family}` : undefined;
}

function faultOf(view: RegistryView, operation: Operation): Fault {
  switch (operation.entity) {
    case 'feed':
      return operation.value === null ? feedDeletionFault(view, operation.id) : feedFault(view, operation.value);
    case 'key':
      return operation.value === null ? undefined : keyFault(view, operation.value);
    case 'family':
      return operation.value === null ? familyDeletionFault(view, operation.id) : undefined;
    case 'source':
      return operation.value === null ? undefined : sourceFault(view, operation.value);
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
