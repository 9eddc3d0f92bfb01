/** The effect of an edit in words. */
import type { EditEffect, NamedLoop } from './edit-effect.ts';
import type { GraphEdge } from './hierarchy-graph.ts';

const shownName = (name: string | null): string => name ?? 'a feed that you may not see';

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function costPhrase({ before, after }: Pick<EditEffect, 'before' | 'after'>): string {
  const [from, to] = [before.upstreamRequests, after.upstreamRequests];
  return from === to
    ? `This leaves it at ${counted(from, 'upstream request')} per query`
    : `This turns ${counted(from, 'upstream request')} per query into ${to}`;
}

const way = ({ names }: NamedLoop): string => names.map(shownName).join(' -> ');

const statePhrases: Readonly<Record<GraphEdge['state'], string | undefined>> = {
  followed: undefined,
  loop: undefined,
  self: 'the feed refers to itself, which adds nothing',
  denied: 'nothing comes through the source: it has no credential that reads the feed',
  disabled: 'nothing comes through the source while it is disabled',
  loopCaught: 'nothing comes through the source: it leads back to this fleet by a way that loses the feed chain',
  noSuchFeed: 'nothing comes through the source: there is no such feed',
};

export function effectSentence(effect: Omit<EditEffect, 'sentence'>): string {
  const { closes, opens, edge } = effect;
  const phrases = [
    costPhrase(effect),
    // A feed that refers to itself is told as that, and not as a loop too.
    closes === null || edge?.state === 'self'
      ? undefined
      : `it closes the loop ${way(closes)}, which is cut at ${shownName(closes.cutAt)}`,
    opens === null ? undefined : `it opens the loop ${way(opens)}`,
    edge === null ? undefined : statePhrases[edge.state],
  ];
  return `${phrases.filter((phrase) => phrase !== undefined).join('; ')}.`;
}
