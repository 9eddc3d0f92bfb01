import { describe, expect, it } from '@jest/globals';

import { GroupResult } from './load-report.ts';
import { printable } from './printable.ts';
import { madeUpRun } from './report/made-up-run.ts';
import { runDocumentSchema } from './report/run-document.ts';

const ESCAPE = '\u001b[2J';

describe('words of a server', () => {
  it('move no cursor, and are as long as one line', () => {
    expect(printable(`a${ESCAPE}\n\u009b\u202eb`)).toBe('a?[2J???b');
    expect(printable('x'.repeat(5_000))).toHaveLength(200);
  });

  it('are counted apart as long as there are few of them', () => {
    const result = new GroupResult();
    for (let turn = 0; turn < 5_000; turn += 1) result.end({ outcome: 'refused', reason: `503 ${turn}${ESCAPE}` }, 1);
    expect(result.reasons.size).toBe(201);
    expect(result.reasons.get('other reasons')).toBe(4_800);
    expect([...result.reasons.keys()].join('')).not.toContain('\u001b');
  });

  it('are refused in the file of a run', () => {
    const run = madeUpRun({ groups: [{ name: 'a', latencyOf: () => ({ failed: 'b' }) }], phases: [['steady', 1]] });
    expect(runDocumentSchema.safeParse(run).success).toBe(true);
    const text = JSON.stringify(run);
    for (const each of ['"a"', '"b"', '"Made up"', '"steady"']) {
      const document: unknown = JSON.parse(text.replaceAll(each, JSON.stringify(ESCAPE)));
      expect(runDocumentSchema.safeParse(document).success).toBe(false);
    }
  });
});
