/** One operation of the HTTP API: what is served, validated and described comes from the same entry. */
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

export interface ApiOperation {
  /** Unique: `createFeed`. */
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Parameters in braces: `/api/feeds/{feed}`. */
  readonly path: string;
  readonly tag: string;
  /** One sentence. */
  readonly summary: string;
  readonly access: Access;
  readonly pathSchema: z.ZodObject | undefined;
  readonly querySchema: z.ZodObject | undefined;
  readonly bodySchema: z.ZodType | undefined;
  /** Fields of the body whose values no error may tell. */
  readonly secretFields: readonly string[];
  readonly answerSchema: z.ZodType;
  /** Of the good answer. */
  readonly status: 200 | 201;
  readonly handle: (call: ApiCall<unknown, unknown, unknown>) => Promise<unknown>;
}

interface OperationDefinition<Path, Query, Body, Answer> {
  readonly id: string;
  readonly method: ApiOperation['method'];
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly access: Access;
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
  const { pathSchema, querySchema, bodySchema, secretFields = [], status = 200, handle } = definition;
  return {
    ...definition,
    pathSchema,
    querySchema,
    bodySchema,
    secretFields,
    status,
    handle: async (call) => handle(call as ApiCall<Path, Query, Body>),
  };
}
