/** The symbols endpoint family's process: program databases for debuggers. */
import { runFeedFamily } from '@feedfleet/feed-endpoint';
import { standIns } from '@feedfleet/feed-protocols';
import { createSymbolsProtocol } from '@feedfleet/symbols-protocol';

await runFeedFamily({
  family: 'symbols',
  protocols: { symbols: (store) => Promise.resolve(createSymbolsProtocol(store)) },
  standIns,
});
