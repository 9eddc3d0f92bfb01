import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const script = path.join(import.meta.dirname, 'left-process.ts');
/** A request uses several times as much; optimized code and caches take their part of this. */
const MAX_LEFT_BYTES = 1_500;

describe('what requests leave behind', () => {
  it.each(['connector', 'http-proxy'])(
    'is collected without a look at all that there is (%s)',
    async (engine) => {
      const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, engine]);
      expect(Number(stdout)).toBeLessThan(MAX_LEFT_BYTES);
      expect(Number(stdout)).not.toBe(0);
    },
    60_000,
  );
});
