/** The v1 endpoint family's process: NuGet v1 below `/F/<feed>/api/v1` and `/F/<feed>/v1`. */
import { runFeedFamily } from '@feedfleet/feed-endpoint';
import { createV1Protocol } from '@feedfleet/v1-protocol';

await runFeedFamily({ family: 'v1', protocolOver: createV1Protocol });
