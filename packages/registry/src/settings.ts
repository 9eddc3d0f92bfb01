/** Settings of the registry's process. */
import { fleetSettingsShape, hostSettingsShape } from '@feedfleet/host';
import { z } from 'zod';

export const settingsSchema = z.strictObject({
  ...hostSettingsShape,
  ...fleetSettingsShape,
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Where clients reach the balancer, when that is not where the processes do.'),
});
