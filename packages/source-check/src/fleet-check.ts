/** A source that is another feed of this fleet: whether it is there, and lets itself be read with the credential of the source. */
import { writeFeedChain } from '@feedfleet/feedchain';
import type { FleetChain } from '@feedfleet/feedchain';
import type { FleetSources } from '@feedfleet/leaf-protocol';
import type { SourceSecrets } from '@feedfleet/package-sources';
import { judgeKey } from '@feedfleet/registry-client';
import type { Feed, RegistryView, Source } from '@feedfleet/registry-client';

import { ABSENT_ID, versionWords } from './check-question.ts';
import type { CheckQuestion } from './check-question.ts';
import { FLEET_STEPS, StepLog } from './source-check.ts';
import type { SourceCheck } from './source-check.ts';

/** Of the family that answers most restores. */
const MOUNT = '/api/v3';

export interface FleetCheckParts {
  readonly view: RegistryView;
  readonly fleetSources: FleetSources;
  readonly secrets: SourceSecrets;
  readonly fleet: FleetChain;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** @throws the signal's reason. */
export async function checkFleet(
  source: Source,
  question: CheckQuestion,
  parts: FleetCheckParts,
): Promise<SourceCheck> {
  const log = new StepLog();
  const feed = source.target.kind === 'feed' ? parts.view.feedById(source.target.feed) : undefined;
  if (feed === undefined) log.fail('feed', 'noSuchFeed', 'the feed was removed');
  else {
    // Its name is for those who read it.
    log.add('feed', 'passed', 'it is a feed of this fleet');
    if (credentialStep(log, feed, source, parts)) await queryStep(log, feed, { source, question, parts });
  }
  return { works: !log.hasFailed, steps: log.all(FLEET_STEPS), certificate: null, resources: [] };
}

function credentialStep(log: StepLog, feed: Feed, { credential }: Source, { view, now }: FleetCheckParts): boolean {
  if (feed.visibility === 'public') {
    log.add('credential', 'passed', 'none is needed: the feed is public');
    return true;
  }
  if (credential === null) {
    log.fail('credential', 'unauthenticated', 'the feed is private, and the source has no API key');
    return false;
  }
  const verdict = judgeKey(view, credential.fingerprint, { feed, scope: 'read', now: now() });
  switch (verdict.outcome) {
    case 'granted':
      log.add('credential', 'passed', keyWords(verdict.key.expiresAt));
      return true;
    case 'unknown':
      log.fail('credential', 'forbidden', 'the API key of the source is wrong or was revoked');
      return false;
    case 'expired':
      log.fail('credential', 'forbidden', `the API key of the source expired at ${verdict.key.expiresAt ?? ''}`);
      return false;
    case 'insufficient':
      log.fail('credential', 'forbidden', 'the API key of the source may not read the feed');
      return false;
  }
}

function keyWords(expiresAt: string | null): string {
  return `the API key of the source may read the feed${expiresAt === null ? '' : `, until ${expiresAt}`}`;
}

interface FleetAsking {
  readonly source: Source;
  readonly question: CheckQuestion;
  readonly parts: FleetCheckParts;
}

/** The whole way that queries take: through the balancer to a family, as a leaf, with the key. */
async function queryStep(log: StepLog, feed: Feed, { source, question, parts }: FleetAsking): Promise<void> {
  const { fleet, fleetSources, secrets, now } = parts;
  const apiKey = secrets.of(source);
  const credentialId = source.credential?.fingerprint ?? '';
  const deadlineMs = now() + question.ask.remainingMs();
  const step = { fleet, feedId: source.feed, leafOf: feed.id, deadlineMs, breadth: 0 };
  const chain = writeFeedChain({ outcome: 'none' }, step);
  const id = question.packageId ?? ABSENT_ID;
  const { timeoutMs } = source;
  const target = { feedName: feed.name, mount: MOUNT, credentialId, apiKey: () => apiKey, timeoutMs };
  const asked = fleetSources.of(target);
  const ask = { ...question.ask, chain: chain.outcome === 'written' ? chain.text : '' };
  const answer = await asked.versions([id.toLowerCase()], ask);
  if (answer.outcome === 'unavailable') {
    log.add('query', 'failed', answer.detail, { code: answer.code, tookMs: answer.tookMs });
  } else if (answer.outcome === 'unsupported') log.add('query', 'failed', answer.detail);
  else if (answer.tag === 'denied') log.fail('query', 'forbidden', 'the feed does not let itself be read with the key');
  else log.add('query', 'passed', versionWords(id, answer), { tookMs: answer.tookMs });
}
