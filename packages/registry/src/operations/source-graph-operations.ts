/** The hierarchy of a feed over HTTP, and what an edit of its sources will change before it is saved. */
import { describeHierarchy, effectOfEdit } from '@feedfleet/feedchain';
import type { FeedSight, GraphReader, SourceEdit } from '@feedfleet/feedchain';
import { sourceEditSchema, sourceEffectAnswerSchema, sourceGraphAnswerSchema } from '@feedfleet/registry-client';
import type { Feed, RegistryView, Source } from '@feedfleet/registry-client';
import type { z } from 'zod';

import { operation } from '../api-operation.ts';
import type { ApiOperation } from '../api-operation.ts';
import { managesFeed } from '../caller.ts';
import { readingFault } from '../sources/source-credential.ts';
import { withPlace } from '../sources/source-order.ts';
import { feedFor, feedPath } from './feed-operations.ts';
import { changedSource, createdSource, sourceFor } from './source-operations.ts';
import type { SourceCall } from './source-operations.ts';

const tag = 'Sources';

/** Feeds that the sources of a feed may read now: whoever manages it knows their names. */
function readableFeeds(view: RegistryView, sources: readonly Source[], now: number): ReadonlySet<string> {
  const targets = sources.flatMap(({ target, credential }) => {
    const feed = target.kind === 'feed' ? view.feedById(target.feed) : undefined;
    return feed !== undefined && readingFault(view, { feed, credential, now }) === undefined ? [feed.id] : [];
  });
  return new Set(targets);
}

function readerOf({ registry, caller }: SourceCall<unknown>, sources: readonly Source[]): GraphReader {
  const now = Date.parse(registry.now());
  const readable = readableFeeds(registry.view, sources, now);
  const sightOf = ({ id, visibility }: Feed): FeedSight => {
    if (managesFeed(caller, id)) return 'managed';
    return visibility === 'public' || readable.has(id) ? 'named' : 'hidden';
  };
  return { now, sightOf };
}

interface ProposedEdit {
  readonly edit: SourceEdit;
  readonly notes: readonly string[];
}

/** What was proposed, as it would be saved: so what would be refused then is refused now. */
function proposedEdit(call: SourceCall<unknown>, feed: Feed, body: z.output<typeof sourceEditSchema>): ProposedEdit {
  const { view } = call.registry;
  if (body.kind === 'remove') {
    return { edit: { kind: 'remove', sourceId: sourceFor(view, feed, body.source).id }, notes: [] };
  }
  const place = body.kind === 'add' ? body.source.position : body.change.position;
  const written =
    body.kind === 'add'
      ? createdSource(call, feed, body.source)
      : changedSource(call, feed, { before: sourceFor(view, feed, body.source), body: body.change });
  const placed = withPlace(view.sourcesOf(feed.id), written.source, place).find(({ id }) => id === written.source.id);
  return { edit: { kind: 'put', source: placed ?? written.source }, notes: written.notes };
}

const getSourceGraph = operation({
  id: 'getSourceGraph',
  method: 'get',
  path: '/api/feeds/{feed}/source-graph',
  tag,
  summary: 'Everything that a feed leads to, with its loops and what a query costs.',
  access: 'manager',
  pathSchema: feedPath,
  answerSchema: sourceGraphAnswerSchema,
  handle: (call) => {
    const { view } = call.registry;
    const feed = feedFor(view, call.caller, call.path.feed);
    return { graph: describeHierarchy(view, feed, readerOf(call, view.sourcesOf(feed.id))) };
  },
});

const getSourceEffect = operation({
  id: 'getSourceEffect',
  method: 'post',
  path: '/api/feeds/{feed}/source-graph',
  tag,
  summary: 'What an edit of the sources of a feed will change, before it is saved.',
  access: 'manager',
  pathSchema: feedPath,
  bodySchema: sourceEditSchema,
  secretFields: ['source', 'change'],
  answerSchema: sourceEffectAnswerSchema,
  handle: (call) => {
    const { view } = call.registry;
    const feed = feedFor(view, call.caller, call.path.feed);
    const { edit, notes } = proposedEdit(call, feed, call.body);
    const sources = [...view.sourcesOf(feed.id), ...(edit.kind === 'put' ? [edit.source] : [])];
    return { effect: effectOfEdit(view, feed, { edit, reader: readerOf(call, sources) }), notes };
  },
});

export const sourceGraphOperations: readonly ApiOperation[] = [getSourceGraph, getSourceEffect];
