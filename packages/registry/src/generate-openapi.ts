/**
 * Writes `docs/reference/registry-openapi.json`; with `--check` writes nothing, and exits with 1 when the file would change.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { openApiText } from './openapi.ts';

const file = path.resolve(import.meta.dirname, '../../../docs/reference/registry-openapi.json');

function written(): string | undefined {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}

const text = openApiText();
if (!process.argv.includes('--check')) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
} else if (written() !== text) {
  process.stderr.write('docs/reference/registry-openapi.json is not what the schemas say: npm run generate\n');
  process.exitCode = 1;
}
