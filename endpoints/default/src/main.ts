/** The default endpoint family's process: NuGet v2 directly below `/F/<feed>`. */
import { runFeedFamily } from '@feedfleet/feed-endpoint';
import { createV2Protocol } from '@feedfleet/v2-protocol';

await runFeedFamily({ family: 'default', protocolOver: (store) => createV2Protocol({ ...store, mount: '' }) });
