/** One operation of the HTTP API: what is served, validated and described comes from the same entry. */
import type { z } from 'zod';

/** Who may call. `anyone`: what they get is for everybody. `observer`: by the signature of a batch, which the operation itself checks. */
export type Access = 'anyone' | 'operator' | 'observer';

export interface ApiOperation<Path = unknown, Query = unknown, Body = unknown, Answer = unknown> {
  /** Unique: `postIncident`. */
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** Parameters in braces: `/api/incidents/{id}`. */
  readonly path: string;
  readonly tag: string;
  /** One sentence. */
  readonly summary: string;
  readonly access: Access;
  readonly pathSchema?: z.ZodObject & z.ZodType<Path>;
  readonly querySchema?: z.ZodObject & z.ZodType<Query>;
  readonly bodySchema?: z.ZodType<Body>;
  readonly answerSchema: z.ZodType<Answer>;
  /** Of the good answer. Default 200. */
  readonly status?: 200 | 201 | 202;
}
