/** Settings of the observer in the status process, which also hold for observers elsewhere: they take their plan from here. */
import { z } from 'zod';

const milliseconds = (min: number) => z.number().int().min(min).max(3_600_000);

const webUrls = () =>
  z
    .array(z.url({ protocol: /^https?$/ }))
    .max(64)
    .default([]);

/** After `#` stands a host name, or nothing. */
const isNamed = (url: string): boolean => /^(?:#[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}))?$/.test(new URL(url).hash);

const watchedUrls = () => webUrls().refine((urls) => urls.every(isNamed), 'after "#" the host name to ask for');

export const observingSettingsShape = {
  balancerOpsUrls: webUrls().describe(
    "Balancers' listeners for operations: their counters tell the availability by requests.",
  ),
  certificateUrls: watchedUrls().describe(
    'Listeners whose certificates are watched, beside those of publicUrl and pageUrl; what has another host is shown to operators alone. After "#" may stand the name that the certificate has to be for: https://10.0.0.5:8443#packages.example.',
  ),
  storageUrls: watchedUrls().describe(
    'Where blobs and metadata are stored, as far as that is reached by https: their certificates are watched, and shown to operators alone.',
  ),
  familyIntervalMs: milliseconds(100)
    .default(5_000)
    .describe('How often each family is looked at through the balancer, in ms.'),
  instanceIntervalMs: milliseconds(100).default(10_000).describe('How often each instance is looked at, in ms.'),
  writeIntervalMs: milliseconds(100)
    .default(300_000)
    .describe(
      'How often symbols are pushed for real, in ms; more often while that fails. A package is pushed and unlisted once a day: catalogs are for ever.',
    ),
  slowAnswerMs: milliseconds(50).default(2_000).describe('Answers that take longer make a family degraded, in ms.'),
  probeTimeoutMs: milliseconds(50).default(4_000).describe('Answers that take longer count as none, in ms.'),
  canaryFeed: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'a feed name of 1 to 100 letters, digits, ".", "_" or "-"')
    .default('feedfleet-canary')
    .describe('Name of the private feed that observers read and push to. It is made when it is missing.'),
  canary: z
    .boolean()
    .default(true)
    .describe('Whether there is a canary feed. Without it families are only asked for a feed that does not exist.'),
};
