/** Feeds with a foreign source that clients ask, and what an answer of theirs may be, whatever the source does. */
import { FaultProxy } from '@feedfleet/fault-proxy';
import type { LoadAnswer } from '@feedfleet/load';
import { SickSource } from '@feedfleet/sick-source';
import type { ServerCertificates } from '@feedfleet/sick-source';

import type { DrillGroup, Phase } from '../drill.ts';
import type { Stage } from '../stage.ts';

/** What every feed has itself, and what it has of its source. */
const OWN = { id: 'Drill.Shared', version: '1.0.0' };
const FOREIGN = { id: 'Drill.Shared', version: '2.0.0' };

export interface ForeignFeed {
  readonly name: string;
  /** Whether it would rather say that it cannot answer than leave its source out. */
  readonly isRequired: boolean;
  /** Whether a complete copy may stand in for its source. */
  readonly keepsCopies: boolean;
}

export const pathTo = ({ name }: ForeignFeed, turn = 0): string =>
  `/F/${name}/api/v3/flat/${OWN.id.toLowerCase()}/index.json?turn=${turn}`;

export function openSource(certificates?: ServerCertificates): Promise<SickSource> {
  return SickSource.open(FOREIGN, certificates);
}

/** A source that the fleet reaches through a proxy, for as long as the drill lasts. */
export async function openProxiedSource(
  stage: Stage,
): Promise<{ readonly source: SickSource; readonly proxy: FaultProxy }> {
  const source = await openSource();
  stage.later(() => source.close());
  const proxy = await FaultProxy.open({ targetPort: Number(new URL(source.url).port) });
  stage.later(() => proxy.close());
  source.appearAt(proxy.port);
  return { source, proxy };
}

export interface ForeignFeedOptions {
  readonly part: string;
  readonly url: string;
  readonly isRequired: boolean;
  readonly timeoutMs: number;
  readonly staleMs?: number;
}

export async function addForeignFeed(
  stage: Stage,
  { part, url, isRequired, timeoutMs, staleMs = 0 }: ForeignFeedOptions,
): Promise<ForeignFeed> {
  const name = await stage.addFeed(part, { sharedIds: ['*'] });
  await stage.push(name, OWN.id, OWN.version);
  await stage.addForeignSource(name, url, { required: isRequired, timeoutMs, staleMs });
  return { name, isRequired, keepsCopies: staleMs > 0 };
}

const versionsIn = (body: Buffer): readonly string[] => {
  try {
    return (JSON.parse(body.toString()) as { readonly versions?: readonly string[] }).versions ?? [];
  } catch {
    return [];
  }
};

/**
 * An answer has all versions; or it is the feed's own and says what is missing, where the feed allows that; or it says when to come again.
 * Whatever else comes would have clients restore something else than yesterday.
 */
function wrongIn({ isRequired }: ForeignFeed, { status, headers, body }: LoadAnswer): string | undefined {
  if (status === 503 && headers['retry-after'] !== undefined) return 'status 503';
  if (status !== 200) return `status ${status}`;
  const versions = versionsIn(body);
  if (versions.length === 2) return undefined;
  const isMarked = headers['x-feedfleet-partial'] !== undefined;
  return !isRequired && isMarked && versions.length === 1 ? undefined : 'a wrong answer';
}

/** Clients of a feed; each asks for something that nobody else asks, so that each has to wait for the source. */
export function clientsOf(
  stage: Stage,
  name: string,
  feed: ForeignFeed,
  rates: Readonly<Partial<Record<Phase, number>>>,
): DrillGroup {
  return {
    name,
    rates,
    request: (turn) => ({
      url: stage.fleet.url + pathTo(feed, turn),
      keepsBody: true,
      judge: (answer) => wrongIn(feed, answer),
    }),
  };
}

/** Whether the feed has everything again, and nothing stands in for anything. */
export async function isWhole(stage: Stage, feed: ForeignFeed): Promise<boolean> {
  const { status, headers, body } = await stage.ask(pathTo(feed));
  const marks = ['x-feedfleet-partial', 'x-feedfleet-stale'].filter((mark) => headers.has(mark));
  return status === 200 && versionsIn(body).length === 2 && marks.length === 0;
}
