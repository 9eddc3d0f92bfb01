/** What a suite is about: a server, the packages that were put there for it, and what it claims to serve. */
import { describe } from '@jest/globals';

import { seed } from './fixture.ts';
import type { Fixture } from './fixture.ts';
import type { Server } from './server.ts';
import { ServiceIndex, readServiceIndex } from './service-index.ts';

export interface Subject {
  readonly title: string;
  readonly server: Server;
  readonly fixture: Fixture;
  readonly index: ServiceIndex;
  /** What is not served, with the reason. */
  readonly missing: ReadonlyMap<string, string>;
}

/** `unlisting`: a removed version keeps its file; `deletion`: it loses it. Anything with a slash or a dot: a type in the service index. */
type Claim = 'v1' | 'v2' | 'v3' | 'unlisting' | 'deletion' | (string & {});

const NO_INDEX = new ServiceIndex({ version: '', resources: [] });

async function reasonAgainst(server: Server, url: string): Promise<string | undefined> {
  const { status } = await server.send(url);
  // Some servers redirect their root.
  return status < 400 ? undefined : `${status} for its root`;
}

/** @param fixture - of the same feed, when another subject has put it there. */
export async function examine(title: string, server: Server, fixture?: Fixture): Promise<Subject> {
  const there = fixture ?? (await seed(server));
  const index = await readServiceIndex(server);
  const missing = new Map<string, string>();
  const note = (claim: string, reason: string | undefined): void => {
    if (reason !== undefined) missing.set(claim, reason);
  };
  note('v1', await reasonAgainst(server, server.addresses.v1));
  note('v2', await reasonAgainst(server, server.addresses.v2));
  note('v3', typeof index === 'string' ? index : undefined);
  note('unlisting', there.unlists ? undefined : 'a removed version loses its file');
  note('deletion', there.unlists ? 'a removed version keeps its file' : undefined);
  return { title, server, fixture: there, index: typeof index === 'string' ? NO_INDEX : index, missing };
}

function reasonFor({ missing, index }: Subject, claim: Claim): string | undefined {
  const known = missing.get(claim);
  if (known !== undefined || /^(v1|v2|v3|unlisting|deletion)$/.test(claim)) return known;
  return index.find(claim) === undefined ? 'not in its service index' : undefined;
}

/** A `describe` that is skipped, with the reason, for what the server does not claim to serve. */
export function describeClaims(subject: Subject, claims: readonly Claim[], title: string, body: () => void): void {
  const reasons = claims.flatMap((claim) => {
    const reason = reasonFor(subject, claim);
    return reason === undefined ? [] : [`${claim}: ${reason}`];
  });
  const run = reasons.length === 0 ? describe : describe.skip;
  run(reasons.length === 0 ? title : `${title} (skipped, ${reasons.join('; ')})`, () => {
    body();
  });
}
