/**
 * From what a caller says of a package source to the source itself: targets are resolved, secrets sealed, and what only
 * administrators may do is refused to others.
 */
import { ProblemError } from '@feedfleet/problems';
import type { Feed, RegistryView, Source, SourceCredentialWrite, SourceTargetWrite } from '@feedfleet/registry-client';

import type { Caller } from '../caller.ts';
import type { FleetIdentity } from '../registry.ts';
import { readingFault, sealedCredential } from './source-credential.ts';
import { isSameParty, namedTarget, unreadableFeed } from './source-target.ts';
import type { NamedTarget } from './source-target.ts';

export interface WriteContext {
  readonly view: RegistryView;
  readonly fleet: FleetIdentity;
  readonly caller: Caller;
  /** Whose source it is. */
  readonly feed: Feed;
  /** ISO instant. */
  readonly now: string;
}

type Given<T> = { readonly [K in keyof T]?: T[K] | undefined };

export interface SourceWrite extends Given<
  Omit<Source, 'id' | 'feed' | 'target' | 'credential' | 'loop' | 'createdAt'>
> {
  readonly target?: SourceTargetWrite | undefined;
  /** Undefined leaves the one that there is. */
  readonly credential?: SourceCredentialWrite | null | undefined;
}

export interface WrittenSource {
  readonly source: Source;
  /** What was made of it beyond what was said. */
  readonly notes: readonly string[];
}

const pending = { state: 'pending', checkedAt: null } as const;

function refuse(detail: string): never {
  throw new ProblemError('invalidRequest', { detail });
}

/** The credential that was said, in the body or in the URL; undefined when neither. */
function saidCredential(write: SourceWrite, urlKey: string | null): SourceCredentialWrite | null | undefined {
  if (urlKey === null) return write.credential;
  if (write.credential !== undefined && write.credential !== null) {
    refuse('credential: expected one credential, got one here and a key in the URL');
  }
  return { kind: 'apiKey', secret: urlKey };
}

/** A credential goes to nobody whom the one that gave it did not name. */
function refuseToCarry(before: Source, target: Source['target']): void {
  if (before.credential === null || isSameParty(before.target, target)) return;
  refuse('credential: expected it again, or null, since the target is another one: a secret is never sent elsewhere');
}

function refuseToManagers({ caller }: WriteContext, before: Source | undefined, after: Source): void {
  if (caller.role !== 'manager' || after.target.kind !== 'foreign') return;
  const forbid = (detail: string): never => {
    throw new ProblemError('forbidden', { detail: `${detail}: expected a key with the scope manage for all feeds` });
  };
  const isElsewhere = JSON.stringify(before?.target) !== JSON.stringify(after.target);
  const isOtherCredential = before?.credential?.secret !== after.credential?.secret;
  if (after.allowPrivateAddresses && (isElsewhere || before?.allowPrivateAddresses !== true)) {
    forbid('allowPrivateAddresses');
  }
  const isReadable = after.credential !== null && new URL(after.target.url).protocol === 'http:';
  if (isReadable && (isElsewhere || isOtherCredential)) forbid('credential for a URL of plain http');
}

function loopOf(
  before: Source | undefined,
  { target, credential }: Pick<Source, 'target' | 'credential'>,
): Source['loop'] {
  if (target.kind === 'feed') return null;
  const isSame =
    before !== undefined &&
    JSON.stringify(before.target) === JSON.stringify(target) &&
    before.credential?.fingerprint === credential?.fingerprint;
  return isSame ? before.loop : pending;
}

/** What is only said of foreign sources is taken back when the source becomes a feed of the fleet. */
function fieldsFor(target: Source['target'], write: SourceWrite): Partial<Source> {
  const fields = Object.entries(write).filter(([name]) => name !== 'target' && name !== 'credential');
  const given = Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  return target.kind === 'feed' ? { mode: 'proxy', allowPrivateAddresses: false, ...given } : given;
}

function notesAbout(context: WriteContext, source: Source, named: NamedTarget | undefined): readonly string[] {
  const { target, credential } = source;
  const isItself = target.kind === 'feed' && target.feed === context.feed.id;
  const isReadable = target.kind === 'foreign' && credential !== null && target.url.startsWith('http:');
  return [
    ...(named?.notes ?? []),
    ...(isItself ? [`The feed ${context.feed.name} refers to itself: that is cut, and nobody is asked twice.`] : []),
    ...(isReadable ? ['The URL is of plain http: whoever is on the way can read the credential.'] : []),
  ];
}

/**
 * @param before - the source that changes, or one with everything that was not said for a new one.
 * @param isNew - whether there was none.
 * @throws {ProblemError} `FF_INVALID_REQUEST`, `FF_NO_SUCH_FEED` or `FF_FORBIDDEN` with the field and the reason.
 */
export function writtenSource(
  context: WriteContext,
  write: SourceWrite,
  { before, base }: { readonly before: Source | undefined; readonly base: Omit<Source, 'target' | 'loop'> },
): WrittenSource {
  const { view, fleet, caller } = context;
  const question = { view, caller, balancerUrls: fleet.balancerUrls };
  const named = write.target === undefined ? undefined : namedTarget(question, write.target);
  const target = named?.target ?? before?.target ?? refuse('target: expected one, got nothing');
  const said = saidCredential(write, named?.urlKey ?? null);
  if (said === undefined && before !== undefined) refuseToCarry(before, target);
  const sealedFor = { sourceId: base.id, target };
  const credential = said === undefined ? base.credential : said && sealedCredential(fleet, said, sealedFor);
  const whole = { ...base, ...fieldsFor(target, write), target, credential };
  const source: Source = { ...whole, loop: loopOf(before, whole) };
  refuseToManagers(context, before, source);
  if (named !== undefined || said !== undefined) refuseUnreadable(context, source, named?.saidName ?? source.name);
  return { source, notes: notesAbout(context, source, named) };
}

/** @param saidName - how the caller named the feed. */
function refuseUnreadable({ view, caller, now }: WriteContext, { target, credential }: Source, saidName: string): void {
  const feed = target.kind === 'feed' ? view.feedById(target.feed) : undefined;
  const fault = feed && readingFault(view, { feed, credential, now: Date.parse(now) });
  if (fault !== undefined) throw unreadableFeed(caller, saidName, fault);
}
