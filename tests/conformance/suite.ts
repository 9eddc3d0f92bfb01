/** All tests over one server. */
import { describe } from '@jest/globals';

import { describeChangeEdges } from './edge-cases/changes.ts';
import { describeDocumentEdges } from './edge-cases/documents.ts';
import { describeRequestEdges } from './edge-cases/requests.ts';
import { describeDeletion } from './push/deletion.ts';
import { describePush } from './push/push.ts';
import { describeSymbols } from './push/symbols.ts';
import { describeVersions } from './push/versions.ts';
import type { Subject } from './support/subject.ts';
import { describeV1 } from './v1/v1.ts';
import { describeV2Documents } from './v2/documents.ts';
import { describeV2ById } from './v2/find-packages-by-id.ts';
import { describeV2Paging } from './v2/paging.ts';
import { describeV2Search } from './v2/search.ts';
import { describeV2Updates } from './v2/updates-and-names.ts';
import { describeCatalog } from './v3/catalog.ts';
import { describeFlatContainer } from './v3/flat-container.ts';
import { describeRegistration } from './v3/registration.ts';
import { describeV3Search } from './v3/search.ts';
import { describeServiceIndex } from './v3/service-index.ts';
import { describeTemplates } from './v3/templates.ts';

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
  describeV1,
  describeSymbols,
  describeVersions,
  describeServiceIndex,
  describeFlatContainer,
  describeRegistration,
  describeV3Search,
  describeCatalog,
  describeTemplates,
  describeRequestEdges,
  describeDocumentEdges,
  describeChangeEdges,
];

/** `every` is all, and deletion, of which a server has but one kind. */
export type Scope = 'every' | 'all' | 'v2' | 'deletion';

const TOPICS: Readonly<Record<Scope, readonly Topic[]>> = {
  every: [...OF_V2, ...OF_ALL, describeDeletion],
  all: [...OF_V2, ...OF_ALL],
  v2: OF_V2,
  deletion: [describeDeletion],
};

/** @param scope - less than everything for a server, or a feed of it, whose other sides are looked at elsewhere. */
export function describeConformance(subject: Subject, scope: Scope): void {
  describe(subject.title, () => {
    for (const topic of TOPICS[scope]) topic(subject);
  });
}
