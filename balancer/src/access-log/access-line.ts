/** A request in the access log: one line of JSON, the keys always in the same order. Pure. */
import { redact } from '@feedfleet/host';

export interface AccessFacts {
  /** Milliseconds since the epoch, when the head of the request had come. */
  readonly at: number;
  readonly requestId: string;
  /** Of the client, as far as trusted proxies tell. */
  readonly client: string;
  readonly method: string;
  /** With its query, as it was sent. Keys in it are taken out here. */
  readonly target: string;
  readonly httpVersion: string;
  /** 0 when nothing was answered. */
  readonly status: number;
  /** How it ended: `complete`, or why not. */
  readonly end: string;
  /** `none` when no route took it. */
  readonly family: string;
  /** The family whose instances it went to. */
  readonly servedBy: string;
  readonly instance: string | undefined;
  /** Id of the feed. */
  readonly feed: string | undefined;
  readonly trafficClass: string | undefined;
  readonly durationMs: number;
  readonly agent: string | undefined;
}

const MAX_TARGET_CHARACTERS = 1_000;
const MAX_AGENT_CHARACTERS = 200;
/** Read beyond the cut, so that no key is cut into something that does not look like one. */
const MARGIN_CHARACTERS = 200;
/** What has none of these has no key in it (`redact`): most lines are spared the search. */
const MAY_HOLD_KEY = /auth|packag|publish|ff_|%|@|[0-9a-f]{8}-/i;

/** With its end of line. What a client sent is quoted as JSON quotes it, so that no line can be made up. */
export function accessLine(facts: AccessFacts): string {
  const { at, requestId, client, method, status, end, family, servedBy, instance, feed, trafficClass } = facts;
  const { agent = '', durationMs, httpVersion } = facts;
  const target = withoutKeys(facts.target, MAX_TARGET_CHARACTERS);
  return (
    `{"at":"${new Date(at).toISOString()}","id":${JSON.stringify(requestId)},"client":${JSON.stringify(client)},` +
    `"method":"${method}","target":${JSON.stringify(target)},"http":"${httpVersion}","status":${status},"end":"${end}",` +
    `"family":${JSON.stringify(family)},"served_by":${JSON.stringify(servedBy)},"instance":${quoted(instance)},` +
    `"feed":${quoted(feed)},"class":${quoted(trafficClass)},"ms":${Math.round(durationMs * 10) / 10},` +
    `"agent":${JSON.stringify(withoutKeys(agent, MAX_AGENT_CHARACTERS))}}\n`
  );
}

function withoutKeys(text: string, most: number): string {
  const read = text.slice(0, most + MARGIN_CHARACTERS);
  return (MAY_HOLD_KEY.test(read) ? redact(read) : read).slice(0, most);
}

function quoted(text: string | undefined): string {
  return text === undefined ? 'null' : JSON.stringify(text);
}
