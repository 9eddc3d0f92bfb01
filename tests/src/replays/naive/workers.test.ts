/** Workers and their line. */
import { describe, expect, it } from '@jest/globals';

import { Workers } from './workers.ts';

/** Requests that say when they are served, and end when they are told. */
function requests(workers: Workers) {
  const served: string[] = [];
  const ends = new Map<string, () => void>();
  const gone = new Set<string>();
  const take = (name: string): boolean =>
    workers.take({
      isGone: () => gone.has(name),
      serve: (done) => {
        served.push(name);
        ends.set(name, done);
      },
    });
  return { served, take, end: (name: string) => ends.get(name)?.(), leave: (name: string) => gone.add(name) };
}

describe('workers', () => {
  it('serve as many at a time as there are, and the next in line when one is done', () => {
    const { served, take, end } = requests(new Workers({ count: 2, maxWaiting: 5 }));
    for (const name of ['a', 'b', 'c', 'd']) take(name);
    expect(served).toEqual(['a', 'b']);
    end('b');
    end('b');
    expect(served).toEqual(['a', 'b', 'c']);
  });

  it('refuse who finds no place in the line', () => {
    const { take } = requests(new Workers({ count: 1, maxWaiting: 1 }));
    expect(['a', 'b', 'c'].map(take)).toEqual([true, true, false]);
  });

  it('pass over those in line that nobody waits for any more, and are free again', () => {
    const { served, take, end, leave } = requests(new Workers({ count: 1, maxWaiting: 5 }));
    for (const name of ['a', 'b', 'c']) take(name);
    leave('b');
    leave('c');
    end('a');
    take('d');
    expect(served).toEqual(['a', 'd']);
  });
});
