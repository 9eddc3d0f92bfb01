/** One operation of the HTTP API, with what its handler is given and what it answers. */
import type { DescribedOperation } from '@feedfleet/host';
import type { z } from 'zod';

/** Who may call. `anyone`: what they get is for everybody. `observer`: by the signature of a batch, which the operation itself checks. */
type Access = 'anyone' | 'operator' | 'observer';

export interface ApiOperation<
  Path = unknown,
  Query = unknown,
  Body = unknown,
  Answer = unknown,
> extends DescribedOperation<Access> {
  readonly pathSchema?: z.ZodObject & z.ZodType<Path>;
  readonly querySchema?: z.ZodObject & z.ZodType<Query>;
  readonly bodySchema?: z.ZodType<Body>;
  readonly answerSchema: z.ZodType<Answer>;
}
