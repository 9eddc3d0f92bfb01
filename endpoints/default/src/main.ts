/** The default endpoint family's process: NuGet v2 directly below `/F/<feed>`. */
import { runFeedFamily } from '@feedfleet/feed-endpoint';
import { readingProtocols, standIns } from '@feedfleet/feed-protocols';

await runFeedFamily({ family: 'default', protocols: readingProtocols, standIns });
