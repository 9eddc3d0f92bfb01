/** Settings of the registry's process. */
import { hostSettingsShape } from '@feedfleet/host';
import { z } from 'zod';

export const settingsSchema = z.strictObject({ ...hostSettingsShape });
