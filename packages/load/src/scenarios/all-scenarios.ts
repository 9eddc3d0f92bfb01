/** Every scenario, in the order in which they are listed. */
import { cold } from './cold.ts';
import { downloads } from './downloads.ts';
import { feeds } from './feeds.ts';
import { herd } from './herd.ts';
import { hotPackage } from './hot-package.ts';
import { pushBurst } from './push-burst.ts';
import { restore } from './restore.ts';
import type { Scenario } from './scenario.ts';
import { search } from './search.ts';
import { slowClients } from './slow-clients.ts';

export const allScenarios: readonly Scenario[] = [
  ...[restore, pushBurst, search, downloads, cold, hotPackage, herd, feeds, slowClients],
];
