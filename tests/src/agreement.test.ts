/** All protocols list the same packages, each by its own rules, after any history of pushes, unlistings, relistings and deletions. */
import { randomInt } from 'node:crypto';

import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { addressesOf } from '../conformance/support/addresses.ts';
import { Server } from '../conformance/support/server.ts';
import { readServiceIndex } from '../conformance/support/service-index.ts';
import { buildPackage } from './support/package-builder.ts';
import { viewsOf } from './support/protocol-views.ts';
import type { View, Visibility } from './support/protocol-views.ts';

/** Ascending; each with the ways to write it. */
const POOL = [
  { normalized: '0.9.0', written: ['0.9', '0.9.0', '00.9.0.0'] },
  { normalized: '1.0.0-alpha', written: ['1.0-alpha', '1.0.0-alpha'] },
  { normalized: '1.0.0-alpha.2', written: ['1.0.0-alpha.2'] },
  { normalized: '1.0.0-alpha.10', written: ['1.0.0-alpha.10+build.7', '1.0.0-alpha.10'] },
  { normalized: '1.0.0', written: ['1', '1.0.0.0', '1.0.0', '1.0.0+sum.5'] },
  { normalized: '1.0.0.1-rc', written: ['1.0.0.1-rc'] },
  { normalized: '1.0.0.1', written: ['1.0.0.1', '1.00.0.1'] },
  { normalized: '1.9.0', written: ['1.9', '1.9.0+meta'] },
  { normalized: '1.10.0', written: ['1.10.0'] },
] as const;

type Kind = 'push' | 'remove' | 'relist';
interface Step {
  readonly kind: Kind;
  readonly place: number;
  readonly form: number;
  /** How the id is written in the request. */
  readonly casing: 'as is' | 'lower' | 'upper';
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom<Kind>('push', 'push', 'push', 'remove', 'relist'),
    place: fc.nat(POOL.length - 1),
    form: fc.nat(3),
    casing: fc.constantFrom('as is', 'lower', 'upper'),
  }),
  { minLength: 1, maxLength: 8 },
);

/** What is there, by place in the pool. */
type Known = Map<number, { readonly written: string; readonly listed: boolean }>;

/** The whole model: which versions a way of asking shows, ascending, with their marks. */
function expected(known: Known, { semver2, prerelease, unlisted, marks }: Visibility): readonly string[] {
  const shown = POOL.flatMap(({ normalized }, place) => {
    const there = known.get(place);
    if (there === undefined) return [];
    const [isPre, isSemVer2] = [normalized.includes('-'), /\+|-.*\./.test(there.written)];
    const isShown = (semver2 || !isSemVer2) && (prerelease || !isPre) && (unlisted || there.listed);
    return isShown ? [{ normalized, isPre, listed: there.listed }] : [];
  });
  const listed = shown.filter((each) => each.listed);
  const [latest, absolute] = [listed.findLast(({ isPre }) => !isPre), listed.at(-1)];
  return shown.map((each) =>
    [
      each.normalized,
      ...(marks === 'none' || each.listed ? [] : ['unlisted']),
      ...(marks === 'latest' && each === latest ? ['latest'] : []),
      ...(marks === 'latest' && each === absolute ? ['absolute'] : []),
    ].join(' '),
  );
}

/** One word in letters, with capitals inside: nothing else in the feed is found by it. */
function newId(): string {
  const letters = Array.from({ length: 12 }, () => String.fromCharCode(97 + randomInt(26))).join('');
  return `X${letters.slice(0, 6)}Y${letters.slice(6)}`;
}

const cased = (id: string, casing: Step['casing']): string =>
  casing === 'as is' ? id : casing === 'lower' ? id.toLowerCase() : id.toUpperCase();

class Feed {
  readonly #servers: readonly Server[];
  readonly #deletes: boolean;
  readonly #views: readonly View[];

  constructor(servers: readonly Server[], views: readonly View[], deletes: boolean) {
    this.#servers = servers;
    this.#views = views;
    this.#deletes = deletes;
  }

  /** Does one step in both worlds, and compares what is said about it. */
  async step(id: string, known: Known, { kind, place, form, casing }: Step): Promise<void> {
    const [server] = this.#servers;
    const { normalized, written: forms } = POOL[place] ?? POOL[0];
    if (server === undefined) throw new Error('no server');
    const there = known.get(place);
    const name = { id: cased(id, casing), version: normalized };
    switch (kind) {
      case 'push': {
        const written = forms[form % forms.length] ?? normalized;
        const { status } = await server.push(buildPackage({ id, version: written }));
        expect(status).toBe(there === undefined ? 201 : 409);
        if (there !== undefined) return;
        known.set(place, { written, listed: true });
        return;
      }
      case 'remove':
        if (there === undefined) return;
        expect(await server.remove(name)).toMatchObject({ status: 200 });
        if (this.#deletes) known.delete(place);
        else known.set(place, { ...there, listed: false });
        return;
      case 'relist':
        expect(await server.relist(name)).toMatchObject({ status: there === undefined ? 404 : 200 });
        if (there !== undefined) known.set(place, { ...there, listed: true });
    }
  }

  async expectAgreement(id: string, known: Known): Promise<void> {
    const inOrder = (view: View, versions: readonly (string | number)[]) =>
      view.isOrdered ? versions : [...versions].sort();
    const seen = await Promise.all(
      this.#views.map(async (view) => [view.name, inOrder(view, await view.read(id))] as const),
    );
    const wanted = this.#views.map((view) => {
      const versions = expected(known, view.visibility);
      return [view.name, view.isCount ? [versions.length] : inOrder(view, versions)] as const;
    });
    expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(wanted));
  }
}

let fleet: Fleet;
let unlisting: Feed;
let deleting: Feed;
const open: Server[] = [];

async function feedOf(name: string, deletion: 'unlist' | 'delete'): Promise<Feed> {
  await fleet.registry.feeds.create({ name, visibility: 'public', deletion });
  const base = `${fleet.url}/F/${name}`;
  const servers = [{}, { v2: '/' }].map(
    (overrides) => new Server({ addresses: addressesOf(base, overrides), key: fleet.adminKey }),
  );
  open.push(...servers);
  const index = await readServiceIndex(servers[0] ?? new Server({ addresses: addressesOf(base), key: '' }));
  if (typeof index === 'string') throw new Error(index);
  return new Feed(servers, viewsOf(servers, index), deletion === 'delete');
}

beforeAll(async () => {
  fleet = await startFleet();
  unlisting = await feedOf('Unlisting', 'unlist');
  deleting = await feedOf('Deleting', 'delete');
});
afterAll(async () => {
  for (const server of open) server.close();
  await fleet.stop();
});

describe('after each step of any history', () => {
  it.each(['unlists', 'deletes'] as const)('all protocols agree on a feed that %s', async (deletion) => {
    const feed = deletion === 'deletes' ? deleting : unlisting;
    const property = fc.asyncProperty(steps, async (history) => {
      const id = newId();
      const known: Known = new Map();
      for (const each of history) {
        await feed.step(id, known, each);
        await feed.expectAgreement(id, known);
      }
    });
    await fc.assert(property, { numRuns: 15, seed: deletion === 'deletes' ? 2014 : 2013 });
  });
});
