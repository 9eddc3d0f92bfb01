/**
 * Push, in the processes of other families: with code, limits, fence and announcements as in its own process, over a store of its own that is
 * opened for writing, under a name of its own, so that what dies in the middle of a push here is known for its own.
 */
import { join } from 'node:path';

import type { OpenStandIn, StandIn, StandInFamilies, StandInParts } from '@feedfleet/feed-endpoint';
import { isLeftOpen } from '@feedfleet/store';

/** No instance is called so: ids begin with a letter or a digit. */
const ownerOf = (instance: string): string => `_push.${instance}`;

const push: StandIn = {
  hasLeft: ({ dataFolder, instance }) => isLeftOpen(join(dataFolder, 'store'), ownerOf(instance)),
  open: openPush,
};

/** For every process that reads feeds. */
export const standIns: StandInFamilies = { push };

async function openPush(parts: StandInParts): Promise<OpenStandIn> {
  const { settings, environment, registry, remoteBlobs, log, metrics, signal } = parts;
  const { dataFolder, instance, fleetSecret, balancerUrl, registryUrl, registryToken } = settings;
  const { createPushFamily, openPushStore } = await import('@feedfleet/push-family');
  const opened = await openPushStore({ dataFolder, owner: ownerOf(instance), remoteBlobs, log, signal });
  const reach = { fleetSecret, balancerUrl, registryUrl, registryToken, registry, environment };
  const family = createPushFamily({ settings, opened, reach, registry, log, metrics });
  return {
    ...{ handler: family.handler, checked: family.checked },
    close: async () => {
      await family.close();
      opened.close();
    },
  };
}
