/** Settings of what is told: mail to subscribers, and what alerts are held against. */
import { secret } from '@feedfleet/settings';
import { z } from 'zod';

export const noticeSettingsShape = {
  smtpUrl: secret(z.url({ protocol: /^smtps?$/ }))
    .optional()
    .describe('Mail server for subscribers: smtp://user:password@host:587, or smtps.'),
  mailFrom: z.email().optional().describe('Sender of the mails to subscribers. Needed with smtpUrl.'),
  objectivePercent: z
    .number()
    .min(50)
    .max(99.999)
    .default(99.9)
    .describe('The share of looks that has to be good over 30 days; burn rates of alerts are times what it leaves.'),
};
