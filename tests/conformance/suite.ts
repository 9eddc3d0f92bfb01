/** All tests over one server. */
import { describe } from '@jest/globals';

import { describeChangeEdges } from './edge-cases/changes.ts';
import { describeDocumentEdges } from './edge-cases/documents.ts';
import { describeRequestEdges } from './edge-cases/requests.ts';
import { describePush } from './push/push.ts';
import { describeVersions } from './push/versions.ts';
import type { Subject } from './support/subject.ts';
import { describeV2Documents } from './v2/documents.ts';
import { describeV2ById } from './v2/find-packages-by-id.ts';
import { describeV2Paging } from './v2/paging.ts';
import { describeV2Search } from './v2/search.ts';
import { describeV2Updates } from './v2/updates-and-names.ts';
import { describeFlatContainer } from './v3/flat-container.ts';
import { describeRegistration } from './v3/registration.ts';
import { describeV3Search } from './v3/search.ts';
import { describeServiceIndex } from './v3/service-index.ts';

type Topic = (subject: Subject) => void;

const OF_V2: readonly Topic[] = [
  describeV2Documents,
  describeV2ById,
  describeV2Search,
  describeV2Paging,
  describeV2Updates,
  describePush,
];
const OF_ALL: readonly Topic[] = [
  describeVersions,
  describeServiceIndex,
  describeFlatContainer,
  describeRegistration,
  describeV3Search,
  describeRequestEdges,
  describeDocumentEdges,
  describeChangeEdges,
];

/** @param scope - `v2` for one more root of v2 on a server whose other protocols are looked at already. */
export function describeConformance(subject: Subject, scope: 'all' | 'v2' = 'all'): void {
  describe(subject.title, () => {
    for (const topic of scope === 'all' ? [...OF_V2, ...OF_ALL] : OF_V2) topic(subject);
  });
}
