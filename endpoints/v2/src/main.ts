/** The v2 endpoint family's process: NuGet v2 below `/F/<feed>/api/v2`. */
import { runFeedFamily } from '@feedfleet/feed-endpoint';
import { createV2Protocol } from '@feedfleet/v2-protocol';

await runFeedFamily({ family: 'v2', protocolOver: (store) => createV2Protocol({ ...store, mount: '/api/v2' }) });
