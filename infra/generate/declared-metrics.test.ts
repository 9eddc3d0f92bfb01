import { describe, expect, it } from '@jest/globals';

import { metricsIn } from './declared-metrics.ts';

describe('metrics in a source file', () => {
  it('are found with kind, name, labels and help', () => {
    const text = `this.#a = metrics.counter({ name: 'a_total', help: 'All ' + 'of them.', labels: ['outcome'] });
      options.metrics.gauge({ name: 'b_bytes', help: 'Held.', collect: () => 1 });`;
    expect(metricsIn(text, 'a.ts')).toEqual([
      { name: 'a_total', kind: 'counter', help: 'All of them.', labels: ['outcome'] },
      { name: 'b_bytes', kind: 'gauge', help: 'Held.', labels: [] },
    ]);
  });

  it('are not other calls of the same names', () => {
    expect(metricsIn('counter({}); a.counter(1); a.counters({});', 'a.ts')).toEqual([]);
  });

  it('must be literals, so that the page can name them', () => {
    expect(() => metricsIn("m.counter({ name: prefix + 'x', help: 'X.' })", 'a.ts')).toThrow(/^a\.ts: /);
    expect(() => metricsIn("m.counter({ name: 'x', help: 'X.', labels: names })", 'a.ts')).toThrow(/^a\.ts: /);
  });
});
