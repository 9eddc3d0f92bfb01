/** The published specification: its examples are what the reader takes, and its figures are those of the code. */
import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { FEEDCHAIN_BOUNDS, feedChainProblem, readFeedChain, writeFeedChain } from './feed-chain.ts';
import { feedNamed, fleetOf, registryOf } from './graph-fixture.ts';
import { expiryGraceMs } from './own-element.ts';
import { planHierarchy, QUERY_BREADTH } from './plan-hierarchy.ts';

const page = readFileSync(new URL('../../../docs/feedchain.md', import.meta.url), 'utf8');
const fleet = fleetOf('a');
const nowMs = Date.parse('2030-06-01T00:00:00Z');
const read = (value: string) => readFeedChain(['X-NuGet-Feedchain', value], { fleet, nowMs, targetFeedId: 'feed-a' });

function examples(kind: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${kind}\n(.*?)\n\`\`\`$`, 'gms'))].map(([, text]) => text ?? '');
}

describe('docs/feedchain.md', () => {
  it('shows chains that are read, and of which none verifies', () => {
    const received = examples('feedchain').map(read);
    expect(received.map(({ outcome }) => outcome)).toEqual(['chain', 'chain', 'chain', 'chain', 'chain']);
    expect(received.map((each) => (each.outcome === 'chain' ? each.elements.length : 0))).toEqual([1, 2, 2, 1, 2]);
    expect(received.every((each) => each.outcome === 'chain' && each.own.length === 0)).toBe(true);
  });

  it('shows what is refused', () => {
    const received = examples('not-a-feedchain').map(read);
    expect(received.map((each) => feedChainProblem(each)?.status)).toEqual([400, 400, 400]);
  });

  it('shows elements as this fleet writes them', () => {
    const { contexts, foreignBreadth } = (() => {
      const view = registryOf({ feeds: ['a'], edges: [{ from: 'a', to: 'https://b.example/index.json' }] });
      const question = { now: nowMs, ids: null, chain: { outcome: 'none' }, fleet } as const;
      return planHierarchy(view, { entry: feedNamed(view, 'a'), ...question });
    })();
    expect(contexts).toHaveLength(2);
    const written = writeFeedChain(
      { outcome: 'none' },
      { fleet, feedId: 'feed-a', deadlineMs: 1_798_761_600_000, breadth: foreignBreadth },
    );
    const form = (text: string): string => text.replace(/ff-[\w-]{22}/g, 'ID').replace(/mac=[\w-]{22}/g, 'MAC');
    expect(form(written.outcome === 'written' ? written.text : '')).toBe(form(examples('feedchain')[0] ?? ''));
  });

  it('tells the bounds of the code', () => {
    expect(page).toContain(
      `| elements, as received and as sent                         | ${FEEDCHAIN_BOUNDS.maxElements}    |`,
    );
    expect(page).toContain(`| ${FEEDCHAIN_BOUNDS.maxCharacters.toLocaleString('en')} |`);
    expect(page).toContain(`${expiryGraceMs / 1000} seconds for the difference of clocks`);
    expect(Math.floor((QUERY_BREADTH - 1) / 4)).toBe(1023);
  });
});
