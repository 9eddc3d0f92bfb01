/** The NuGet v2 protocol over a feed. */
import type { FeedProtocol } from '@feedfleet/feed-endpoint';
import type { BlobStore, MetadataStore } from '@feedfleet/store';

export interface V2ProtocolOptions {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  /** Path between the feed and the protocol: empty for the default family, `/api/v2` for v2. */
  readonly mount: '' | '/api/v2';
}

export function createV2Protocol(options: V2ProtocolOptions): FeedProtocol {
  return { mount: options.mount, answer: () => Promise.reject(new Error('not ready')) };
}
