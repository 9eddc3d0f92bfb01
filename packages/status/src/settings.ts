/** Settings of the status process. Nothing of the fleet is needed: where the registry is, is told only to follow it. */
import { hostSettingsShape } from '@feedfleet/host';
import { z } from 'zod';

import { noticeSettingsShape } from './notices/notice-settings.ts';
import { observingSettingsShape } from './observing/observing-settings.ts';

const webUrl = () => z.url({ protocol: /^https?$/ });

export const settingsSchema = z.strictObject({
  ...hostSettingsShape,
  registryUrl: hostSettingsShape.registryUrl.optional(),
  registryToken: hostSettingsShape.registryToken.optional(),
  opsHost: z.string().min(1).default('127.0.0.1').describe('Address of the listener for metrics and health.'),
  opsPort: z
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe('Port of the listener for metrics and health; 0 takes a free one. The public listener has no metrics.'),
  publicUrl: webUrl()
    .optional()
    .describe('Where clients reach the balancer: the URLs of the families on the page start with it.'),
  balancerUrl: webUrl().optional().describe('Where this process reaches the balancer. Default: publicUrl.'),
  pageUrl: webUrl()
    .optional()
    .describe('Where the status page is for everybody; links in feeds start there. Default: where it listens.'),
  ...observingSettingsShape,
  pageFolder: z
    .string()
    .min(1)
    .optional()
    .describe('A folder that the page is also written to, as files for any web host or bucket. Default: none.'),
  ...noticeSettingsShape,
  aloneLogFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File that is logged to once the supervisor was killed, which this process then outlives. Default: it does not.',
    ),
  pageTitle: z.string().min(1).max(100).default('Package feeds').describe('What the page is called.'),
});

export type StatusSettings = z.output<typeof settingsSchema>;
