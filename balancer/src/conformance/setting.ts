/** What each group of the suite is given: a transport of its own for each test, and what to clean up. */
import type { Transport } from '../transport.ts';
import { startFront, startHttpUpstream, startRawUpstream } from './sockets.ts';
import type { Cleanup, Front, HttpUpstream, RawUpstream } from './sockets.ts';
import type { ForwardOptions } from '../transport.ts';
import type { RequestListener } from 'node:http';

export interface Setting {
  readonly make: () => Transport;
  readonly cleanup: Cleanup;
}

export async function rawPair(
  { make, cleanup }: Setting,
  forward: Partial<ForwardOptions> = {},
): Promise<{ readonly upstream: RawUpstream; readonly front: Front }> {
  const upstream = await startRawUpstream(cleanup);
  const front = await startFront(cleanup, { transport: make(), upstreamPort: upstream.port, forward });
  return { upstream, front };
}

export async function httpPair(
  { make, cleanup }: Setting,
  handler: RequestListener,
  forward: Partial<ForwardOptions> = {},
): Promise<{ readonly upstream: HttpUpstream; readonly front: Front }> {
  const upstream = await startHttpUpstream(cleanup, handler);
  const front = await startFront(cleanup, { transport: make(), upstreamPort: upstream.port, forward });
  return { upstream, front };
}
