import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

const root = path.resolve(import.meta.dirname, '..');
const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

describe('npm scripts in a fresh clone', () => {
  it('run our TypeScript by the bootstrap, since it needs packages and the pinned Node', () => {
    const own = Object.entries(scripts).filter(([, command]) => command.startsWith('node '));
    expect(own).not.toEqual([]);
    for (const [name, command] of own) expect(command).toBe(`node infra/bootstrap.mjs ${name}`);
  });

  it('are known to the bootstrap', () => {
    const { status, stderr } = spawnSync(process.execPath, ['infra/bootstrap.mjs', 'nothing'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    const known = /expected one of (.*), got "nothing"/.exec(stderr)?.[1]?.split(', ') ?? [];
    const asked = Object.values(scripts).flatMap((each) => /bootstrap\.mjs ([\w:-]+)/.exec(each)?.[1] ?? []);
    expect([...known].sort()).toEqual([...asked].sort());
  });

  it('name files that are there', () => {
    const text = readFileSync(path.join(root, 'infra', 'bootstrap.mjs'), 'utf8');
    const files = [...text.matchAll(/'([\w/]+\.ts)'/g)].map(([, file = '']) => file);
    expect(files).toContain('infra/build.ts');
    expect(files.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });
});
