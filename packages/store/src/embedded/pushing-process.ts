/**
 * A process of its own that pushes, for the tests of several processes on one folder: node pushing-process.ts FOLDER INSTANCE COUNT.
 *
 * Tells each acknowledged push in one line, `added FEED ID VERSION`; waits for a line on stdin before each push when the fourth
 * argument is `stepwise`, and with `stop=STEP` stays for ever after that step of its first push, telling the step.
 */
import { createInterface } from 'node:readline';
import { sampleVersion } from '../sample-packages.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

const [folder = '', instance = '', count = '1', mode = ''] = process.argv.slice(2);
const store = await openEmbeddedStore({ folder, instance, holdInstance: { waitMs: 0 } });
const { metadata, blobs } = store;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function stopAfter(step: string): Promise<void> {
  if (mode === `stop=${step}`) {
    process.stdout.write(`${step}\n`);
    await lines.next();
  }
}

async function* content(name: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(name));
}

process.stdout.write('ready\n');
for (let number = 0; number < Number(count); number += 1) {
  if (mode === 'stepwise') await lines.next();
  const version = `1.0.${number}`;
  const staged = await blobs.stage(content(`${instance} ${version}`), { maxBytes: 1000 });
  await stopAfter('staged');
  await metadata.intendBlob(staged.sha512, instance);
  await stopAfter('intended');
  await blobs.commit(staged);
  await stopAfter('committed');
  const added = sampleVersion({ id: instance, version }, { sha512: staged.sha512, sizeBytes: staged.sizeBytes });
  await metadata.addVersion('f', added, instance);
  process.stdout.write(`added ${version}\n`);
  await stopAfter('added');
}
store.close();
process.stdin.destroy();
