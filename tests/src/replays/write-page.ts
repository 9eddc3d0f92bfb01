/** Where reports of replays are kept: beside other files that commands of this repository make, and that nobody commits. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../../../dist/replays');

/** @returns the file. */
export async function writePage(day: string, page: string): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  const file = path.join(FOLDER, `${day}.html`);
  await writeFile(file, page);
  return file;
}
