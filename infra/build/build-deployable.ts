/** One process as one folder that runs with Node alone. */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { build } from 'esbuild';

import type { Deployable } from './deployables.ts';
import { renderNotices } from './notices.ts';

export interface BuildOptions {
  /** The repository. */
  readonly root: string;
  /** Gets one folder a deployable. */
  readonly outFolder: string;
}

export interface BuiltDeployable {
  readonly name: string;
  readonly bytes: number;
}

/** Bundled CommonJS packages ask for Node's own modules by `require`, and some for the folder that they lie in. */
const COMMONJS_BANNER = [
  "import { createRequire as feedfleetCreateRequire } from 'node:module';",
  "import { fileURLToPath as feedfleetFileURLToPath } from 'node:url';",
  'const require = feedfleetCreateRequire(import.meta.url);',
  'const feedfleetFilename = feedfleetFileURLToPath(import.meta.url);',
  "const feedfleetDirname = feedfleetFileURLToPath(new URL('.', import.meta.url));",
].join('\n');

/** What is imported only when it is needed stays in files of its own: a process that never needs it has not read it either. */
async function bundle(
  { entry, beside = {} }: Deployable,
  options: BuildOptions,
  folder: string,
): Promise<{ readonly inputs: readonly string[]; readonly bytes: number }> {
  const { metafile } = await build({
    absWorkingDir: options.root,
    entryPoints: { main: entry, ...beside },
    outdir: folder,
    splitting: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    banner: { js: COMMONJS_BANNER },
    // By names of our own: some packages declare these themselves.
    define: { __filename: 'feedfleetFilename', __dirname: 'feedfleetDirname' },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    keepNames: true,
    metafile: true,
    logLevel: 'warning',
    // Optional native parts of packages that do without them.
    external: [],
  });
  const code = Object.entries(metafile.outputs).filter(([file]) => file.endsWith('.js'));
  return {
    inputs: Object.keys(metafile.inputs).sort(),
    bytes: code.reduce((sum, [, output]) => sum + output.bytes, 0),
  };
}

function manifestOf(deployable: Deployable, version: string): string {
  const { name, description } = deployable;
  const manifest = {
    name: `feedfleet-${name}`,
    version,
    private: true,
    description,
    license: 'MIT',
    type: 'module',
    ...(name === 'cli' ? { bin: { feedfleet: 'main.js' } } : {}),
    engines: { node: '>=24' },
    scripts: { start: 'node --enable-source-maps --disable-warning=ExperimentalWarning main.js' },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

/** Replaces the deployable's folder. */
export async function buildDeployable(deployable: Deployable, options: BuildOptions): Promise<BuiltDeployable> {
  const folder = path.join(options.outFolder, deployable.name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { inputs, bytes } = await bundle(deployable, options, folder);
  const { version } = JSON.parse(await readFile(path.join(options.root, 'package.json'), 'utf8')) as {
    version: string;
  };
  await writeFile(path.join(folder, 'package.json'), manifestOf(deployable, version));
  await writeFile(path.join(folder, 'THIRD-PARTY-NOTICES.txt'), await renderNotices(inputs, options.root));
  await copyFile(path.join(options.root, 'LICENSE'), path.join(folder, 'LICENSE'));
  return { name: deployable.name, bytes };
}
