/**
 * One endpoint for one protocol: feed by name, access decision, answer from memory or from the protocol.
 */
import type { Logger, Metrics, RawHandler } from '@feedfleet/host';
import type { RegistryMirror } from '@feedfleet/registry-client';
import type { MetadataStore } from '@feedfleet/store';

import type { FeedProtocol } from './protocol.ts';

export interface FeedEndpointOptions {
  readonly protocol: FeedProtocol;
  readonly registry: RegistryMirror;
  readonly store: Pick<MetadataStore, 'revisionOf'>;
  /** Bound of the answer cache, in bytes. */
  readonly cacheBytes: number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface FeedEndpoint {
  /** For `startHost({ handler })`. */
  readonly handler: RawHandler;
}

export function createFeedEndpoint(options: FeedEndpointOptions): FeedEndpoint {
  throw new Error(`not here yet: ${options.protocol.mount}`);
}
