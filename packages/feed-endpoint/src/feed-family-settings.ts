/** Settings of the processes that read feeds, which also stand in for push. */
import { refuseIncompleteStorage, storageSettingsShape } from '@feedfleet/blob-storage';
import { fleetSettingsShape, hostSettingsShape, instanceSettingsShape, writeSettingsShape } from '@feedfleet/host';
import { z } from 'zod';

const MIB = 1024 ** 2;
const cacheSize = z
  .number()
  .int()
  .min(0)
  .max(65_536 * MIB);

const shape = {
  ...hostSettingsShape,
  ...fleetSettingsShape,
  ...instanceSettingsShape,
  ...writeSettingsShape,
  ...storageSettingsShape,
  cacheBytes: cacheSize
    .default(64 * MIB)
    .describe('Bound of the answers that are kept in memory, in bytes; 0 keeps none.'),
  blobCacheBytes: cacheSize
    .default(32 * MIB)
    .describe('Bound of the small packages that are kept in memory, in bytes; 0 keeps none.'),
  sourceCacheBytes: cacheSize
    .default(64 * MIB)
    .describe('Bound of what is remembered of package sources, in bytes; used only for feeds that have some.'),
  mirrorBytes: z
    .number()
    .int()
    .min(0)
    .max(1024 ** 5)
    .default(50 * 1024 ** 3)
    .describe(
      'Bound of the packages that are kept of sources in the mode mirror, of all sources and processes together, in bytes; what is beyond is passed on and not kept.',
    ),
  serverTiming: z
    .boolean()
    .default(false)
    .describe('Whether every reader of a feed with package sources is told how long each took; managers always are.'),
  downloadFlushMs: z
    .number()
    .int()
    .min(50)
    .max(3_600_000)
    .default(10_000)
    .describe(
      'About how often counted downloads are written to the store, in ms; a process that is killed loses so much.',
    ),
  downloadRevealMs: z
    .number()
    .int()
    .min(0)
    .max(86_400_000)
    .default(600_000)
    .describe('How long new download counts of a feed may stay unseen, in ms: answers are kept as long.'),
};

export const feedFamilySettingsSchema = z.strictObject(shape).superRefine(refuseIncompleteStorage);
