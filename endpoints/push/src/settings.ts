/** Settings of the push endpoint's process. */
import { refuseIncompleteStorage, storageSettingsShape } from '@feedfleet/blob-storage';
import { fleetSettingsShape, hostSettingsShape, instanceSettingsShape, writeSettingsShape } from '@feedfleet/host';
import { z } from 'zod';

const shape = {
  ...hostSettingsShape,
  ...fleetSettingsShape,
  ...instanceSettingsShape,
  ...writeSettingsShape,
  ...storageSettingsShape,
  requestTimeoutMs: hostSettingsShape.requestTimeoutMs
    .unwrap()
    .default(120_000)
    .describe(
      'How long a request may stand still: until its first bytes, between bytes, or after the last one, in ms.',
    ),
  retentionRestMs: z
    .number()
    .int()
    .min(100)
    .max(86_400_000)
    .default(30_000)
    .describe('How long the keeper of retentions rests after it has looked at every feed that changed, in ms.'),
};

export const settingsSchema = z.strictObject(shape).superRefine(refuseIncompleteStorage);
