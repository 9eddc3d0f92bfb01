/** One operation of the HTTP API, with what its handler is given and what it answers. */
import type { DescribedOperation } from '@feedfleet/host';
import type { z } from 'zod';

import type { Caller } from './caller.ts';
import type { Registry } from './registry.ts';

/** Who may call: `manager` includes keys for certain feeds, which the operation itself then holds to those. */
export type Access = 'operator' | 'administrator' | 'manager';

export interface ApiCall<Path, Query, Body> {
  readonly registry: Registry;
  readonly caller: Caller;
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  readonly signal: AbortSignal;
  /** Milliseconds until the deadline of the request. */
  remainingMs(): number;
}

export interface ApiOperation extends DescribedOperation<Access> {
  /** Fields of the body whose values no error may tell. */
  readonly secretFields: readonly string[];
  readonly status: 200 | 201;
  readonly handle: (call: ApiCall<unknown, unknown, unknown>) => Promise<unknown>;
}

interface OperationDefinition<Path, Query, Body, Answer> extends DescribedOperation<Access> {
  readonly pathSchema?: z.ZodObject & z.ZodType<Path>;
  readonly querySchema?: z.ZodObject & z.ZodType<Query>;
  readonly bodySchema?: z.ZodType<Body>;
  readonly secretFields?: readonly string[];
  readonly answerSchema: z.ZodType<Answer>;
  readonly status?: 200 | 201;
  readonly handle: (call: ApiCall<Path, Query, Body>) => Answer | Promise<Answer>;
}

/** Checks an entry's handler against its schemas; the server reads every part by its schema before the handler sees it. */
export function operation<Path, Query, Body, Answer>(
  definition: OperationDefinition<Path, Query, Body, Answer>,
): ApiOperation {
  const { secretFields = [], status = 200, handle } = definition;
  return {
    ...definition,
    secretFields,
    status,
    handle: async (call) => handle(call as ApiCall<Path, Query, Body>),
  };
}
