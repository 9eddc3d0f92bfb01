/** A look at a family through the balancer: its steps one after the other, as a client would go, and the sample that comes of it. */
import { OBSERVER_AGENT } from '@feedfleet/status-model';
import type { Sample, Verdict } from '@feedfleet/status-model';

import { packageToPush, packageToRead } from './canary-package.ts';
import { canarySymbols } from './canary-symbols.ts';
import { noFeedLook } from './looks/absence-look.ts';
import { odataLook } from './looks/odata-look.ts';
import { packageWriteLook, pushLook, symbolsWriteLook } from './looks/push-look.ts';
import type { Found, Step } from './looks/step.ts';
import { symbolsLook } from './looks/symbols-look.ts';
import { v3Look } from './looks/v3-look.ts';
import type { ObservationPlan, ObservedFamily } from './observation-plan.ts';
import type { ProbeClient } from './probe-client.ts';

export interface FamilyLookOptions {
  readonly client: ProbeClient;
  readonly plan: ObservationPlan;
  readonly family: ObservedFamily;
  /** Counts up with the rounds. */
  readonly turn: number;
}

export type Finding = Pick<Sample, 'verdict' | 'latencyMs' | 'reason'>;

/** Of a feed that nobody can make: names of feeds do not end in a dot and have no tilde. */
const NO_FEED = 'feedfleet~no-feed';
const LONGEST_REASON = 300;

/** Looks at everything that clients read of it, and at pushes that change nothing. */
export async function lookAtFamily(options: FamilyLookOptions): Promise<Finding> {
  return runSteps(options, stepsOf(options));
}

/** Pushes for real. Needs the plan's canary. */
export async function lookAtWrites(options: FamilyLookOptions): Promise<Finding> {
  return runSteps(options, symbolsWriteLook(canarySymbols()));
}

/** Likewise, a package, and unlists it. @param observer - whose package it is. */
export async function lookAtPackageWrites(options: FamilyLookOptions, observer: string): Promise<Finding> {
  return runSteps(options, packageWriteLook(packageToPush(observer)));
}

function stepsOf({ plan, family, turn }: FamilyLookOptions): readonly Step[] {
  const toRead = packageToRead();
  const mount = family.path.replace(/^\/F\/\{feed\}/, '');
  if (plan.canary === null) return noFeedLook(mount);
  switch (family.id) {
    case 'v3':
      return v3Look(toRead, turn);
    case 'push':
      return pushLook(toRead);
    case 'symbols':
      return symbolsLook(plan.canary.awaitsSymbols === true ? undefined : canarySymbols());
    case 'default':
    case 'v1':
    case 'v2':
      return odataLook(mount, toRead, turn);
    default:
      return noFeedLook(mount);
  }
}

async function runSteps(options: FamilyLookOptions, steps: readonly Step[]): Promise<Finding> {
  const found: Found = new Map();
  let slowest: { readonly name: string; readonly ms: number } | undefined;
  for (const step of steps) {
    const outcome = await runStep(options, step, found);
    if (outcome.ms !== undefined && outcome.ms >= (slowest?.ms ?? 0)) slowest = { name: step.name, ms: outcome.ms };
    if (outcome.fault === undefined) continue;
    return finding('failed', slowest?.ms, `${step.name}: ${outcome.fault}`);
  }
  const isSlow = slowest !== undefined && slowest.ms > options.plan.slowMs;
  if (!isSlow) return finding('ok', slowest?.ms, null);
  return finding('slow', slowest?.ms, `${slowest?.name ?? ''}: took ${Math.round(slowest?.ms ?? 0)} ms`);
}

function finding(verdict: Verdict, ms: number | undefined, reason: string | null): Finding {
  return {
    verdict,
    latencyMs: ms === undefined ? null : Math.round(ms * 10) / 10,
    reason: reason?.slice(0, LONGEST_REASON) ?? null,
  };
}

async function runStep(
  { client, plan }: FamilyLookOptions,
  step: Step,
  found: Found,
): Promise<{ readonly ms: number | undefined; readonly fault: string | undefined }> {
  const { path, method, body } = step.request(found);
  try {
    const answer = await client.send({
      url: addressOf(plan, path),
      headers: headersOf(plan, method ?? 'GET'),
      timeoutMs: plan.timeoutMs,
      ...(method === undefined ? {} : { method }),
      ...(body === undefined ? {} : { body }),
    });
    return { ms: answer.ms, fault: step.faultOf(answer, found) };
  } catch (error) {
    return { ms: undefined, fault: error instanceof Error ? error.message : 'no answer' };
  }
}

/** Addresses that answers give are those of clients; an observer keeps to the way that it was told, which leads to the same. */
function addressOf({ entryUrl, canary }: ObservationPlan, path: string): URL {
  if (path === '' || path.startsWith('/')) return new URL(`${entryUrl}/F/${canary?.feed ?? NO_FEED}${path}`);
  const given = new URL(path);
  const entry = new URL(entryUrl);
  return given.origin === entry.origin ? given : new URL(given.pathname + given.search, entry);
}

/** Readers give the key as a password, pushers as what it is. */
function headersOf({ canary }: ObservationPlan, method: string): Readonly<Record<string, string>> {
  const common = { 'user-agent': OBSERVER_AGENT, 'accept-encoding': 'identity' };
  if (canary === null) return common;
  if (method !== 'GET') return { ...common, 'x-nuget-apikey': canary.key, 'content-type': 'application/octet-stream' };
  return { ...common, authorization: `Basic ${Buffer.from(`observer:${canary.key}`).toString('base64')}` };
}
