/** The v3 endpoint family's process: service index, flat container, registrations, search. */
import { runFeedFamily } from '@feedfleet/feed-endpoint';
import { createV3Protocol } from '@feedfleet/v3-protocol';

await runFeedFamily({ family: 'v3', protocolOver: createV3Protocol });
