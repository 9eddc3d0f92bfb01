/**
 * What real clients ask, as it was recorded (`npm run record:clients`), and what Visual Studio asks, as its library does: played against any
 * target by filling in its addresses and packages.
 */
import type { LoadRequest } from '../load-client.ts';
import type { LoadTarget, TargetFeed, TargetPackage } from '../target/load-target.ts';
import recording from './recorded-clients.json' with { type: 'json' };
import { readOf } from './requests.ts';
import { evenly, Popularity } from './spread.ts';

interface Conversation {
  /** Who asked, and what for. */
  readonly client: string;
  /** Of all requests, when every conversation can be played. */
  readonly weight: number;
  readonly requests: readonly {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  }[];
}

export interface PlayedConversation {
  readonly client: string;
  readonly weight: number;
  /** Requests of one time through. */
  readonly length: number;
  readonly request: (turn: number) => LoadRequest;
}

const VARIABLE = /\{(?:(\d+)\.)?(\w+)\}/g;

/** Those that the target can answer; of v2 alone where it speaks no v3. */
export function playedConversations(target: LoadTarget, feed: TargetFeed): readonly PlayedConversation[] {
  const conversations: readonly Conversation[] = recording.conversations;
  return conversations.flatMap((conversation) => {
    const played = play(conversation, target, feed);
    return played === undefined ? [] : [played];
  });
}

function play(
  { client, weight, requests }: Conversation,
  target: LoadTarget,
  feed: TargetFeed,
): PlayedConversation | undefined {
  const popularity = new Popularity(feed.packages.length);
  const slots =
    1 + Math.max(0, ...requests.flatMap(({ url }) => [...url.matchAll(VARIABLE)].map(([, slot]) => Number(slot ?? 0))));
  const [example] = feed.packages;
  const isAnswered = requests.every(({ url }) => filled(url, feed, () => example) !== undefined);
  if (!isAnswered || requests.length === 0) return undefined;
  return {
    client,
    weight,
    length: requests.length,
    request: (turn) => {
      const round = Math.floor(turn / requests.length);
      const { url, headers } = requests[turn % requests.length] ?? { url: '', headers: {} };
      const packageOf = (slot: number): TargetPackage => popularity.of(feed.packages, round * slots + slot);
      return readOf(target, filled(url, feed, packageOf, round) ?? '', { headers });
    },
  };
}

/** @returns `undefined` when the target has no such address. */
function filled(
  template: string,
  { v2, v2Api, v3 }: TargetFeed,
  packageOf: (slot: number) => TargetPackage,
  round = 0,
): string | undefined {
  const missing: string[] = [];
  const url = template.replace(VARIABLE, (_, slot: string | undefined, name: string) => {
    const roots: Readonly<Record<string, string | undefined>> = { v2, v2Api, ...v3 };
    const value = name in roots ? roots[name] : valueOf(name, packageOf(Number(slot ?? 0)), round);
    if (value === undefined) missing.push(name);
    return value ?? '';
  });
  return missing.length === 0 ? url : undefined;
}

function valueOf(name: string, { id, versions }: TargetPackage, round: number): string | undefined {
  const [first, ...rest] = versions;
  if (first === undefined) return undefined;
  const { version, v2ContentUrl, contentUrl } = evenly([first, ...rest], round, 1);
  const values: Readonly<Record<string, string | undefined>> = {
    ...{ id: encodeURIComponent(id), lowerId: encodeURIComponent(id.toLowerCase()) },
    ...{ version: encodeURIComponent(version), lowerVersion: encodeURIComponent(version.toLowerCase()) },
    ...{ download: contentUrl, v2Download: v2ContentUrl },
    /** As a user begins to type the id. */
    term: encodeURIComponent(id.slice(0, 3 + (round % 5))),
  };
  return values[name];
}
