/** What merging needs of pins: an id that a foreign source served stays with it until somebody who manages the feed says otherwise. */
import type { SourcePins as StoredPins } from '@feedfleet/store';

export type SourcePins = Pick<StoredPins, 'pinsOf' | 'pin'>;
