/** A routed request, as everything on its way sees it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestContext } from '@feedfleet/host';
import type { FleetView } from './fleet-view.ts';
import type { Reached } from './forwarded.ts';
import type { Traffic } from './traffic.ts';

export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: RequestContext;
  readonly startedAt: number;
  /** Address of the client, as far as trusted proxies tell; until that was read, of who is at the other end of the connection. */
  client: string;
}

/** What a request is for. */
export interface Journey {
  readonly visit: Visit;
  readonly reached: Reached;
  readonly traffic: Traffic;
  readonly fleet: FleetView;
}
