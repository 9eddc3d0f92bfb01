import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { packageFolderOf, renderNotices } from './notices.ts';

describe('the package of a bundled file', () => {
  it.each([
    ['node_modules/a/lib/x.js', 'node_modules/a'],
    ['node_modules/@s/a/x.js', 'node_modules/@s/a'],
    ['node_modules/a/node_modules/b/x.js', 'node_modules/a/node_modules/b'],
    ['packages/cli/src/main.ts', undefined],
  ])('of %s is %s', (input, expected) => {
    expect(packageFolderOf(input)).toBe(expected);
  });
});

describe('the notices of a bundle', () => {
  it('name each package once, sorted, with the text of its licence', async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'feedfleet-notices-'));
    for (const name of ['b', 'a']) {
      const folder = path.join(root, 'node_modules', name);
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', license: 'MIT' }));
      await writeFile(path.join(folder, 'LICENSE.md'), `The licence of ${name}.\r\n`);
    }
    const text = await renderNotices(['node_modules/b/x.js', 'node_modules/a/x.js', 'node_modules/a/y.js'], root);
    expect(text.match(/^[ab] 1\.0\.0 \(MIT\)$/gm)).toEqual(['a 1.0.0 (MIT)', 'b 1.0.0 (MIT)']);
    expect(text).toContain('\nThe licence of a.\n');
    await rm(root, { recursive: true });
  });
});
