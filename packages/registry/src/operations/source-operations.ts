/** Package sources of feeds over HTTP. Answers never hold a secret, sealed or not. */
import { randomBytes } from 'node:crypto';

import { ProblemError } from '@feedfleet/problems';
import {
  deletedSchema,
  sourceAnswerSchema,
  sourceChangeSchema,
  sourceCreationSchema,
  sourceHostsAnswerSchema,
  sourceListSchema,
  sourceReportsAnswerSchema,
  sourceReportsSchema,
  sourceWrittenSchema,
} from '@feedfleet/registry-client';
import type { Feed, RegistryView, Source, SourceSummary, SourceWritten } from '@feedfleet/registry-client';
import { z } from 'zod';

import { operation } from '../api-operation.ts';
import type { ApiCall, ApiOperation } from '../api-operation.ts';
import { actorOf, managesFeed } from '../caller.ts';
import type { Caller } from '../caller.ts';
import { readingFault } from '../sources/source-credential.ts';
import { sourceHosts } from '../sources/source-hosts.ts';
import { withPlace } from '../sources/source-order.ts';
import { recordReports } from '../sources/source-reports.ts';
import { writtenSource } from '../sources/source-writing.ts';
import type { WriteContext, WrittenSource } from '../sources/source-writing.ts';
import { feedFor, feedPath } from './feed-operations.ts';

const sourcePath = feedPath.extend({
  source: z.string().min(1).max(200).describe('Id or name of the source.'),
});
const tag = 'Sources';
const secretFields = ['credential'];

export type SourceCall<Path> = ApiCall<Path, unknown, unknown>;

function shownTarget(view: RegistryView, caller: Caller, source: Source, now: number): SourceSummary['target'] {
  const { target, credential } = source;
  if (target.kind === 'foreign') return target;
  const feed = view.feedById(target.feed);
  if (feed === undefined) return { ...target, name: null };
  const isSeen = managesFeed(caller, feed.id) || readingFault(view, { feed, credential, now }) === undefined;
  return { ...target, name: isSeen ? feed.name : null };
}

function shownCredential({ credential }: Source): SourceSummary['credential'] {
  if (credential === null) return null;
  const { kind } = credential;
  return kind === 'basic' ? { kind, userName: credential.userName } : { kind };
}

function summaryOf(
  { registry, caller }: Pick<SourceCall<unknown>, 'registry' | 'caller'>,
  source: Source,
): SourceSummary {
  const target = shownTarget(registry.view, caller, source, Date.parse(registry.now()));
  return { ...source, target, credential: shownCredential(source) };
}

/** @throws {ProblemError} `FF_NO_SUCH_ENTITY`. */
export function sourceFor(view: RegistryView, feed: Feed, nameOrId: string): Source {
  const sources = view.sourcesOf(feed.id);
  const name = nameOrId.toLowerCase();
  const found = sources.find((each) => each.name.toLowerCase() === name) ?? sources.find(({ id }) => id === nameOrId);
  if (found !== undefined) return found;
  throw new ProblemError('noSuchEntity', { detail: `the feed ${feed.name} has no source "${nameOrId}"` });
}

function contextOf({ registry, caller }: SourceCall<unknown>, feed: Feed): WriteContext {
  return { view: registry.view, fleet: registry.fleet, caller, feed, now: registry.now() };
}

interface Placement {
  readonly feed: Feed;
  readonly place: number | undefined;
  readonly summary: string;
}

/** A source that is not saved yet, out of what a caller says of it. */
export function createdSource(
  call: SourceCall<unknown>,
  feed: Feed,
  body: z.output<typeof sourceCreationSchema>,
): WrittenSource {
  const id = `source-${randomBytes(8).toString('hex')}`;
  const base = { ...body, id, feed: feed.id, position: 0, credential: null, createdAt: call.registry.now() };
  return writtenSource(contextOf(call, feed), body, { before: undefined, base });
}

/** A source as it would be after a change. */
export function changedSource(
  call: SourceCall<unknown>,
  feed: Feed,
  { before, body }: { readonly before: Source; readonly body: z.output<typeof sourceChangeSchema> },
): WrittenSource {
  return writtenSource(contextOf(call, feed), body, { before, base: before });
}

async function commitSource(
  call: SourceCall<unknown>,
  { source, notes }: WrittenSource,
  { feed, place, summary }: Placement,
): Promise<SourceWritten> {
  const { registry, caller, signal } = call;
  const sources = withPlace(registry.view.sourcesOf(feed.id), source, place);
  const operations = sources.map((value) => ({ entity: 'source' as const, id: value.id, value }));
  const number = registry.commit({ actor: actorOf(caller), summary, operations });
  const written = registry.view.sourceById(source.id) ?? source;
  return { source: summaryOf(call, written), notes: [...notes], change: await registry.receipt(number, signal) };
}

const listSources = operation({
  id: 'listSources',
  method: 'get',
  path: '/api/feeds/{feed}/sources',
  tag,
  summary: 'The package sources of a feed, in the order in which they are preferred.',
  access: 'manager',
  pathSchema: feedPath,
  answerSchema: sourceListSchema,
  handle: (call) => {
    const { view } = call.registry;
    const feed = feedFor(view, call.caller, call.path.feed);
    return { sources: view.sourcesOf(feed.id).map((source) => summaryOf(call, source)) };
  },
});

const getSource = operation({
  id: 'getSource',
  method: 'get',
  path: '/api/feeds/{feed}/sources/{source}',
  tag,
  summary: 'One package source.',
  access: 'manager',
  pathSchema: sourcePath,
  answerSchema: sourceAnswerSchema,
  handle: (call) => {
    const { view } = call.registry;
    const feed = feedFor(view, call.caller, call.path.feed);
    return { source: summaryOf(call, sourceFor(view, feed, call.path.source)) };
  },
});

const createSource = operation({
  id: 'createSource',
  method: 'post',
  path: '/api/feeds/{feed}/sources',
  tag,
  summary: 'Adds a package source to a feed: another feed of this fleet, or a foreign source.',
  access: 'manager',
  pathSchema: feedPath,
  bodySchema: sourceCreationSchema,
  secretFields,
  answerSchema: sourceWrittenSchema,
  status: 201,
  handle: (call) => {
    const { body } = call;
    const feed = feedFor(call.registry.view, call.caller, call.path.feed);
    const summary = `Add the source ${body.name} to the feed ${feed.name}`;
    return commitSource(call, createdSource(call, feed, body), { feed, place: body.position, summary });
  },
});

const updateSource = operation({
  id: 'updateSource',
  method: 'patch',
  path: '/api/feeds/{feed}/sources/{source}',
  tag,
  summary: 'Changes what is given, and leaves the rest; another target than before needs its credential again.',
  access: 'manager',
  pathSchema: sourcePath,
  bodySchema: sourceChangeSchema,
  secretFields,
  answerSchema: sourceWrittenSchema,
  handle: (call) => {
    const { registry, caller, path, body } = call;
    const feed = feedFor(registry.view, caller, path.feed);
    const before = sourceFor(registry.view, feed, path.source);
    const summary = `Change the source ${before.name} of the feed ${feed.name}: ${Object.keys(body).join(', ')}`;
    return commitSource(call, changedSource(call, feed, { before, body }), { feed, place: body.position, summary });
  },
});

const deleteSource = operation({
  id: 'deleteSource',
  method: 'delete',
  path: '/api/feeds/{feed}/sources/{source}',
  tag,
  summary: 'Removes a package source from a feed.',
  access: 'manager',
  pathSchema: sourcePath,
  answerSchema: deletedSchema,
  handle: async ({ registry, caller, path, signal }) => {
    const feed = feedFor(registry.view, caller, path.feed);
    const { id, name } = sourceFor(registry.view, feed, path.source);
    const number = registry.commit({
      actor: actorOf(caller),
      summary: `Remove the source ${name} from the feed ${feed.name}`,
      operations: [{ entity: 'source', id, value: null }],
    });
    return { change: await registry.receipt(number, signal) };
  },
});

const reportSources = operation({
  id: 'reportSources',
  method: 'post',
  path: '/api/source-reports',
  tag: 'Fleet',
  summary: 'Tells whether foreign sources lead back to this fleet by a way that loses the feed chain.',
  access: 'operator',
  bodySchema: sourceReportsSchema,
  answerSchema: sourceReportsAnswerSchema,
  handle: ({ registry, body }) => recordReports(registry, body),
});

const listSourceHosts = operation({
  id: 'listSourceHosts',
  method: 'get',
  path: '/api/source-hosts',
  tag: 'Fleet',
  summary: 'Which hosts the foreign sources of all feeds are asked at over https, for those who watch certificates.',
  access: 'operator',
  answerSchema: sourceHostsAnswerSchema,
  handle: ({ registry, signal }) => sourceHosts(registry.view, signal),
});

export const sourceOperations: readonly ApiOperation[] = [
  listSources,
  getSource,
  createSource,
  updateSource,
  deleteSource,
  reportSources,
  listSourceHosts,
];
