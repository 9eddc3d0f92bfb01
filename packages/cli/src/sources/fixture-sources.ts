/** For tests: the package sources of one feed, as a registry would tell of them. */
import { ProblemError } from '@feedfleet/problems';
import { sourceSchema } from '@feedfleet/registry-client';
import type { SourceCreation, SourceEffectAnswer, SourceGraph, SourceSummary } from '@feedfleet/registry-client';

import type { RegistryPort } from '../parts.ts';

const change = { number: 7, applied: { processes: 2, of: 2 } };
const cost = { upstreamRequests: 9, feeds: 8, foreign: 1, depth: 2 };

type Answer = <T>(value: T, ...call: readonly unknown[]) => Promise<T>;

function summaryOf({ credential, target, ...fields }: SourceCreation, position: number): SourceSummary {
  const { protocol = 'v3', ...foreign } =
    target.kind === 'foreign' ? target : { kind: 'foreign' as const, url: 'http://x/' };
  const createdAt = '2026-01-01T00:00:00.000Z';
  const source = sourceSchema.parse({
    ...fields,
    ...{ id: `id-${fields.name}`, feed: 'id-acme', position, createdAt, credential: null },
    target: target.kind === 'feed' ? target : { ...foreign, protocol },
    loop: target.kind === 'feed' ? null : { state: 'pending', checkedAt: null },
  });
  const shown = target.kind === 'feed' ? { ...target, name: target.feed } : source.target;
  const { kind } = credential ?? { kind: null };
  return {
    ...source,
    target: shown as SourceSummary['target'],
    credential:
      kind === null
        ? null
        : kind === 'basic'
          ? { kind, userName: credential?.kind === 'basic' ? credential.userName : '' }
          : { kind },
  };
}

export class FixtureSources {
  readonly all: SourceSummary[] = [];
  /** What the check for loops finds, and after how many questions. */
  loop: { state: 'clear' | 'caught'; after: number } = { state: 'clear', after: 0 };
  notes: string[] = [];
  graph: SourceGraph = { nodes: [], edges: [], loops: [], cuts: 0, diamonds: [], cost };
  #questions = 0;

  #find(name: string): SourceSummary {
    const found = this.all.find((each) => each.name === name || each.id === name);
    if (found === undefined) throw new ProblemError('noSuchEntity', { detail: name });
    return found;
  }

  #checked(name: string): SourceSummary {
    this.#questions += 1;
    const found = this.#find(name);
    const isKnown = this.#questions > this.loop.after;
    return isKnown ? { ...found, loop: { state: this.loop.state, checkedAt: null } } : found;
  }

  port(answer: Answer): RegistryPort['sources'] {
    const effect: SourceEffectAnswer['effect'] = {
      ...{
        before: { ...cost, upstreamRequests: 4 },
        after: cost,
        gained: [],
        lost: [],
        closes: null,
        opens: null,
        edge: null,
      },
      sentence: 'This turns 4 upstream requests per query into 9.',
    };
    return {
      list: (feed) => answer(this.all, 'sources.list', feed),
      get: async (feed, name) => await answer(this.#checked(name), 'sources.get', feed, name),
      create: async (feed, source) => {
        if (this.all.some(({ name }) => name === source.name))
          throw new ProblemError('conflict', { detail: source.name });
        const added = summaryOf(source, this.all.length);
        const written = await answer({ source: added, notes: this.notes, change }, 'sources.create', feed, source);
        this.all.push(added);
        return written;
      },
      update: async (at, fields) =>
        await answer({ source: this.#find(at.source), notes: this.notes, change }, 'sources.update', at, fields),
      delete: (feed, name) => answer({ change }, 'sources.delete', feed, name),
      graph: (feed) => answer(this.graph, 'sources.graph', feed),
      effect: (feed, edit) => answer({ effect, notes: this.notes }, 'sources.effect', feed, edit),
    };
  }
}
