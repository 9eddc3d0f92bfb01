import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from '@jest/globals';

import { describeWith } from './support/component.ts';

const root = path.resolve(import.meta.dirname, '../..');
const rules = 'infra/prometheus/feedfleet.rules.yml';
const run = promisify(execFile);

describe('infra/prometheus', () => {
  it('reads no metric that no process has', async () => {
    const text = await readFile(path.join(root, rules), 'utf8');
    const declared = await readFile(path.join(root, 'docs/reference/metrics.md'), 'utf8');
    const read = new Set(text.match(/\bfeedfleet_[a-z_]+/g));
    expect([...read].filter((name) => !declared.includes(`\`${name}\``))).toEqual([]);
    expect(read.size).toBe(6);
  });
});

describeWith(['promtool'], 'promtool', () => {
  it('takes the rules as they are', async () => {
    const { stdout } = await run('promtool', ['check', 'rules', rules], { cwd: root });
    expect(stdout).toContain('SUCCESS: 31 rules found');
  });

  it.each(['feedfleet.rules.test.yml', 'feedfleet.rules.days.test.yml'])(
    'sees each alert of %s fire on its burn and be silent on noise',
    async (file) => {
      const { stdout } = await run('promtool', ['test', 'rules', `infra/prometheus/${file}`], { cwd: root });
      expect(stdout).toContain('SUCCESS');
    },
    120_000,
  );
});
