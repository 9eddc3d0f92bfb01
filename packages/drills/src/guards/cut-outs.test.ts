import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { DRILLS } from '../drill-list.ts';

const root = path.resolve(import.meta.dirname, '../../../..');
const cutOuts = Object.values(DRILLS).flatMap(({ guard }) => guard.cutOut ?? []);

describe('a guard that is taken out of the code', () => {
  it.each(cutOuts)('stands once in $file', ({ file, replaced }) => {
    const text = readFileSync(path.join(root, file), 'utf8');
    for (const { line } of replaced) expect([line, text.split(line).length - 1]).toEqual([line, 1]);
  });
});
