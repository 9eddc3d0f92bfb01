/** The v2 endpoint family's process: NuGet v2 below `/F/<feed>/api/v2`. */
import { runFeedFamily } from '@feedfleet/feed-endpoint';
import { readingProtocols, standIns } from '@feedfleet/feed-protocols';

await runFeedFamily({ family: 'v2', protocols: readingProtocols, standIns });
