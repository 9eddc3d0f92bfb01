/** The v3 endpoint family's process: service index, flat container, registrations, search. */
import { runFeedFamily } from '@feedfleet/feed-endpoint';
import { readingProtocols, standIns } from '@feedfleet/feed-protocols';

await runFeedFamily({ family: 'v3', protocols: readingProtocols, standIns });
