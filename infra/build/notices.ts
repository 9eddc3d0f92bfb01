/** The licences of what is bundled, as their texts demand. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** `node_modules/a/lib/x.js` and `packages/b/node_modules/@c/d/y.js` lie in the packages `a` and `@c/d`. */
export function packageFolderOf(input: string): string | undefined {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input.replaceAll('\\', '/'))?.[1];
}

async function licenceTextOf(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  return texts.map((text) => text.replaceAll('\r\n', '\n').trim()).join('\n\n');
}

async function noticeOf(folder: string): Promise<{ readonly title: string; readonly text: string }> {
  const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Manifest;
  const title = `${manifest.name} ${manifest.version} (${manifest.license ?? 'licence in the text'})`;
  const text = await licenceTextOf(folder);
  return { title, text: text === '' ? 'The package names its licence and ships no text of it.' : text };
}

/**
 * @param inputs - files that went into a bundle, relative to `root`.
 * @returns one text, sorted by package, the same for the same inputs.
 */
export async function renderNotices(inputs: readonly string[], root: string): Promise<string> {
  const folders = new Set(inputs.map(packageFolderOf).filter((folder) => folder !== undefined));
  const notices = await Promise.all([...folders].map((folder) => noticeOf(path.join(root, folder))));
  const sorted = notices.sort((a, b) => (a.title < b.title ? -1 : 1));
  const head = 'This program contains the following packages, under their own licences.\n';
  return [head, ...sorted.map(({ title, text }) => `${'-'.repeat(80)}\n${title}\n\n${text}\n`)].join('\n');
}
