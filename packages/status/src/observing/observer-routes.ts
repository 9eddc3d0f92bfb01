/** The API for observers (signed) and for operators who add and remove them. */
import { readRequest } from '@feedfleet/host';
import type { ContextOf, Express, Request, Response } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { observerNameSchema, sampleBatchSchema } from '@feedfleet/status-model';
import {
  observationPlanSchema,
  observerListSchema,
  observerRemovedSchema,
  OBSERVERS_PATH,
  observerWriteSchema,
  observerWrittenSchema,
  PLAN_PATH,
  SAMPLES_PATH,
  samplesAnswerSchema,
} from '@feedfleet/status-probes';
import type { ObservationPlan, SamplesAnswer } from '@feedfleet/status-probes';
import { z } from 'zod';

import type { ApiOperation } from '../api/api-operation.ts';
import { serveOperation } from '../api/serve-operation.ts';
import type { StatusContext } from '../part.ts';
import type { LatestSamples } from './latest-samples.ts';
import { readSigned } from './signed-request.ts';
import type { ObserverRoster } from './observer-roster.ts';
import type { ObservingStore } from './observing-store.ts';

export interface ObserverRoutesOptions {
  readonly context: StatusContext;
  readonly store: ObservingStore;
  readonly roster: ObserverRoster;
  readonly latest: LatestSamples;
  /** For observers elsewhere. */
  readonly plan: () => ObservationPlan | undefined;
}

const tag = 'Observers';

const listObservers = {
  ...{ id: 'listObservers', method: 'get', path: OBSERVERS_PATH, tag, access: 'operator' },
  summary: 'All observers, and when each was last heard of.',
  answerSchema: observerListSchema,
} satisfies ApiOperation;

const addObserver = {
  ...{ id: 'addObserver', method: 'post', path: OBSERVERS_PATH, tag, access: 'operator', status: 201 },
  summary: 'Adds an observer and shows its secret, this once.',
  bodySchema: observerWriteSchema,
  answerSchema: observerWrittenSchema,
} satisfies ApiOperation;

const removeObserver = {
  ...{ id: 'removeObserver', method: 'delete', path: `${OBSERVERS_PATH}/{name}`, tag, access: 'operator' },
  summary: 'Removes an observer; what it reported stays.',
  pathSchema: z.strictObject({ name: observerNameSchema }),
  answerSchema: observerRemovedSchema,
} satisfies ApiOperation;

const getPlan = {
  ...{ id: 'getPlan', method: 'get', path: PLAN_PATH, tag, access: 'observer' },
  summary: 'What an observer looks at, and how often.',
  answerSchema: observationPlanSchema,
} satisfies ApiOperation;

const postSamples = {
  ...{ id: 'postSamples', method: 'post', path: SAMPLES_PATH, tag, access: 'observer' },
  summary: 'Takes what an observer saw; a batch that comes twice counts once.',
  bodySchema: sampleBatchSchema,
  answerSchema: samplesAnswerSchema,
} satisfies ApiOperation;

export const observerOperations: readonly ApiOperation[] = [
  listObservers,
  addObserver,
  removeObserver,
  getPlan,
  postSamples,
];

export function addObserverRoutes(app: Express, contextOf: ContextOf, options: ObserverRoutesOptions): void {
  const { context, roster } = options;
  const { clock, settings } = context;
  const serve = { operatorToken: settings.registryToken, contextOf };
  serveOperation(app, listObservers, serve, () => ({ observers: [...roster.list(clock.now())] }));
  serveOperation(app, addObserver, serve, ({ body }) => roster.add(body.name, clock.now()));
  serveOperation(app, removeObserver, serve, ({ path: { name } }) => {
    roster.remove(name);
    return { removed: name };
  });
  addSignedRoutes(app, options);
}

function addSignedRoutes(app: Express, options: ObserverRoutesOptions): void {
  const { context, store, plan } = options;
  const signed = { store, now: () => context.clock.now() };
  app.get(getPlan.path, async (request: Request, response: Response) => {
    await readSigned(request, signed);
    const current = plan();
    if (current === undefined)
      throw new ProblemError('unavailable', { detail: 'it is not known yet what there is to look at' });
    send(response, current);
  });
  app.post(postSamples.path, async (request: Request, response: Response) => {
    const { observer, body } = await readSigned(request, signed);
    send(response, take(observer, body, options));
  });
}

function take(observer: string, body: Buffer, { context, store, latest }: ObserverRoutesOptions): SamplesAnswer {
  const batch = readRequest(postSamples.bodySchema, parsed(body), { where: '' });
  if (batch.observer !== observer) {
    throw new ProblemError('invalidRequest', {
      detail: `observer: expected ${observer}, who signed it, got ${batch.observer}`,
    });
  }
  const now = context.clock.now();
  store.sawObserver(observer, now);
  const ingested = store.once(observer, batch.batch, { now, work: () => context.ingest(batch) });
  if (ingested === undefined) return { duplicate: true, taken: 0, refused: [] };
  latest.take(batch);
  return { duplicate: false, taken: ingested.taken, refused: [...ingested.refused] };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new ProblemError('invalidRequest', { detail: 'expected a body of JSON', cause });
  }
}

function send(response: Response, answer: unknown): void {
  const body = Buffer.from(JSON.stringify(answer));
  response.status(200).set({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.setHeader('content-length', body.length);
  response.end(body);
}
