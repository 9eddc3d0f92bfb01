/** Reroutes and quarantines over HTTP. */
import { ProblemError } from '@feedfleet/problems';
import {
  deletedSchema,
  quarantineListSchema,
  quarantineWriteSchema,
  quarantineWrittenSchema,
  rerouteListSchema,
  rerouteSchema,
  rerouteWriteSchema,
  rerouteWrittenSchema,
} from '@feedfleet/registry-client';
import type { Quarantine, Reroute } from '@feedfleet/registry-client';
import { z } from 'zod';

import { operation } from '../api-operation.ts';
import type { ApiOperation } from '../api-operation.ts';
import { actorOf } from '../caller.ts';
import type { Registry } from '../registry.ts';
import { feedFor, feedPath } from './feed-operations.ts';
import { existing, write } from './written-change.ts';
import type { WriteCall } from './written-change.ts';

const reroutePath = z.strictObject({ id: rerouteSchema.shape.id });

function refuseOver(registry: Registry, until: string | null): void {
  if (until === null || Date.parse(until) > Date.parse(registry.now())) return;
  throw new ProblemError('invalidRequest', { detail: `until: expected an instant to come, got ${until}` });
}

interface Signature {
  readonly createdAt: string;
  readonly actor: string;
}

/** Whoever says the same again does not become the one who said it. */
function signature({ registry, caller }: WriteCall, before: Signature | undefined, given: object): Signature {
  const said = new Map<string, unknown>(Object.entries(before ?? {}));
  const isSame = Object.entries(given).every(([name, value]) => said.get(name) === value);
  if (before !== undefined && isSame) return { createdAt: before.createdAt, actor: before.actor };
  return { createdAt: registry.now(), actor: actorOf(caller) };
}

function aboutReroute({ family, to, percent, reason }: Reroute, feedName: string | undefined): string {
  const whose = feedName === undefined ? '' : ` for the feed ${feedName}`;
  return `Reroute ${percent} % of ${family} to ${to}${whose}${reason === '' ? '' : `: ${reason}`}`;
}

const listReroutes = operation({
  id: 'listReroutes',
  method: 'get',
  path: '/api/reroutes',
  tag: 'Balancing',
  summary: 'All reroutes.',
  access: 'administrator',
  answerSchema: rerouteListSchema,
  handle: ({ registry }) => ({ reroutes: [...registry.view.reroutes] }),
});

const putReroute = operation({
  id: 'putReroute',
  method: 'put',
  path: '/api/reroutes/{id}',
  tag: 'Balancing',
  summary: "Has requests for one family served by another one's instances.",
  access: 'administrator',
  pathSchema: reroutePath,
  bodySchema: rerouteWriteSchema,
  answerSchema: rerouteWrittenSchema,
  handle: async (call) => {
    const { registry, caller, path, body } = call;
    const { view } = registry;
    refuseOver(registry, body.until);
    const feed = body.feed === null ? undefined : feedFor(view, caller, body.feed);
    const given = { id: path.id, ...body, feed: feed?.id ?? null };
    const reroute: Reroute = { ...given, ...signature(call, view.rerouteById(path.id), given) };
    const summary = aboutReroute(reroute, feed?.name);
    const change = await write(call, { summary, operations: [{ entity: 'reroute', id: path.id, value: reroute }] });
    return { reroute, change };
  },
});

const deleteReroute = operation({
  id: 'deleteReroute',
  method: 'delete',
  path: '/api/reroutes/{id}',
  tag: 'Balancing',
  summary: 'Ends a reroute.',
  access: 'administrator',
  pathSchema: reroutePath,
  answerSchema: deletedSchema,
  handle: async (call) => {
    const { id } = call.path;
    const { family, to } = existing(call.registry.view.rerouteById(id), 'reroute', id);
    const summary = `End the reroute of ${family} to ${to}`;
    return { change: await write(call, { summary, operations: [{ entity: 'reroute', id, value: null }] }) };
  },
});

const listQuarantines = operation({
  id: 'listQuarantines',
  method: 'get',
  path: '/api/quarantines',
  tag: 'Balancing',
  summary: 'All feeds in quarantine.',
  access: 'administrator',
  answerSchema: quarantineListSchema,
  handle: ({ registry }) => ({ quarantines: [...registry.view.quarantines] }),
});

const putQuarantine = operation({
  id: 'putQuarantine',
  method: 'put',
  path: '/api/quarantines/{feed}',
  tag: 'Balancing',
  summary: 'Keeps a feed apart from the others.',
  access: 'administrator',
  pathSchema: feedPath,
  bodySchema: quarantineWriteSchema,
  answerSchema: quarantineWrittenSchema,
  handle: async (call) => {
    const { registry, caller, path, body } = call;
    refuseOver(registry, body.until);
    const { id, name } = feedFor(registry.view, caller, path.feed);
    const given = { id, ...body };
    const quarantine: Quarantine = { ...given, ...signature(call, registry.view.quarantineOf(id), given) };
    const summary = `Put the feed ${name} in quarantine${body.reason === '' ? '' : `: ${body.reason}`}`;
    const change = await write(call, { summary, operations: [{ entity: 'quarantine', id, value: quarantine }] });
    return { quarantine, change };
  },
});

const deleteQuarantine = operation({
  id: 'deleteQuarantine',
  method: 'delete',
  path: '/api/quarantines/{feed}',
  tag: 'Balancing',
  summary: 'Ends the quarantine of a feed.',
  access: 'administrator',
  pathSchema: feedPath,
  answerSchema: deletedSchema,
  handle: async (call) => {
    const { registry, caller, path } = call;
    const { id, name } = feedFor(registry.view, caller, path.feed);
    existing(registry.view.quarantineOf(id), 'quarantine of the feed', path.feed);
    const summary = `End the quarantine of the feed ${name}`;
    return { change: await write(call, { summary, operations: [{ entity: 'quarantine', id, value: null }] }) };
  },
});

export const balancingOperations: readonly ApiOperation[] = [
  listReroutes,
  putReroute,
  deleteReroute,
  listQuarantines,
  putQuarantine,
  deleteQuarantine,
];
