/** All drills, by name. */
import type { Drill, DrillName } from './drill.ts';
import { deadSource } from './drills/dead-source.ts';
import { expiredCertificate } from './drills/expired-certificate.ts';
import { familyCrash } from './drills/family-crash.ts';
import { familyHang } from './drills/family-hang.ts';
import { loop } from './drills/loop.ts';
import { noisyFeed } from './drills/noisy-feed.ts';
import { overload } from './drills/overload.ts';
import { poisonPackage } from './drills/poison-package.ts';
import { registryOutage } from './drills/registry-outage.ts';
import { slowSource } from './drills/slow-source.ts';
import { storageOutage } from './drills/storage-outage.ts';

export const DRILLS: Readonly<Record<DrillName, Drill>> = {
  loop,
  'dead-source': deadSource,
  'slow-source': slowSource,
  'expired-certificate': expiredCertificate,
  'family-crash': familyCrash,
  'family-hang': familyHang,
  'registry-outage': registryOutage,
  'storage-outage': storageOutage,
  'noisy-feed': noisyFeed,
  'poison-package': poisonPackage,
  overload,
};
