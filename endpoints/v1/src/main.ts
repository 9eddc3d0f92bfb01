/** The v1 endpoint family's process: NuGet v1 below `/F/<feed>/api/v1` and `/F/<feed>/v1`. */
import { runFeedFamily } from '@feedfleet/feed-endpoint';
import { readingProtocols, standIns } from '@feedfleet/feed-protocols';

await runFeedFamily({ family: 'v1', protocols: readingProtocols, standIns });
