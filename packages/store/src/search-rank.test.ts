import { describe, expect, it } from '@jest/globals';
import { byRelevance, rankedText } from './search-rank.ts';
import { parseSearchText } from './search-text.ts';

const candidate = (id: string, downloads = 0, isNamed = true) => ({ id, downloads, isNamed });

function order(text: string, ...candidates: readonly ReturnType<typeof candidate>[]): readonly string[] {
  const parsed = parseSearchText(text);
  if (parsed.kind !== 'terms') throw new TypeError(`${text} has no terms`);
  return byRelevance(candidates, rankedText(text, parsed)).map(({ id }) => id);
}

describe('relevance', () => {
  it('goes from the id itself over its beginning and its parts to other texts, however often they are downloaded', () => {
    const best = ['Json.Net', 'JsonNet', 'Json.Net.Extras', 'My.Net.Json', 'Networks.Jsonic', 'Tagged', 'Described'];
    const shuffled = best.map((id, index) => candidate(id, 10 ** index, id !== 'Described')).toReversed();
    expect(order('json.net', ...shuffled)).toEqual(best);
  });

  it('prefers the shorter id, the one that is downloaded more, then the first one by id', () => {
    expect(order('json', candidate('A.Json.With.More'), candidate('B.Json'))).toEqual(['B.Json', 'A.Json.With.More']);
    expect(order('json', candidate('A.Json'), candidate('B.Json', 1_000_000))).toEqual(['B.Json', 'A.Json']);
    expect(order('json', candidate('b.Json'), candidate('A.Json'))).toEqual(['A.Json', 'b.Json']);
  });
});
