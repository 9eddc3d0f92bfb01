/**
 * `npm run build`: one self-contained deployable a process, in `dist/`.
 *
 * `--out FOLDER` builds elsewhere; names after it build only those.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';

import { buildDeployable } from './build/build-deployable.ts';
import { deployables } from './build/deployables.ts';

const root = path.resolve(import.meta.dirname, '..');
const { values, positionals } = parseArgs({ options: { out: { type: 'string' } }, allowPositionals: true });
const outFolder = path.resolve(values.out ?? path.join(root, 'dist'));
const unknown = positionals.filter((name) => !deployables.some((deployable) => deployable.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `build: expected some of ${deployables.map(({ name }) => name).join(', ')}, got ${unknown.join(', ')}\n`,
  );
  process.exit(2);
}
const wanted = deployables.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
for (const deployable of wanted) {
  const { name, bytes } = await buildDeployable(deployable, { root, outFolder });
  process.stdout.write(`built ${name}: ${(bytes / 1000).toFixed(0)} KB\n`);
}
