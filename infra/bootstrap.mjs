/**
 * First step of every npm script that runs the project's own TypeScript, `npm start` before all: needs nothing but Node 20 and
 * npm, installs what is missing, then hands over to the Node version that the project pins.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const root = path.resolve(import.meta.dirname, '..');
const pinnedNode = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
const MINIMUM_MAJOR = 24;

/** The supervisor mostly waits. */
const smallHeap = ['--max-semi-space-size=1'];

/** Compiled code of the processes: starts take half of the processor time with it, and much less memory. */
const codeFolder = path.join(root, 'node_modules', '.cache', 'feedfleet');

const entries = {
  start: 'packages/supervisor/src/main.ts',
  test: 'infra/test.ts',
  check: 'infra/check.ts',
  generate: 'infra/generate/main.ts',
  build: 'infra/build.ts',
  bench: 'tests/src/bench/main.ts',
  'bench:scale': 'tests/src/bench/scale/main.ts',
  'bench:fanout': 'tests/src/bench/fanout/main.ts',
  'bench:compartments': 'tests/src/bench/compartments/main.ts',
  'bench:sick-sources': 'tests/src/bench/sick-sources/main.ts',
  'bench:balancer': 'tests/src/bench/balancer/main.ts',
  'bench:changes': 'tests/src/bench/changes/main.ts',
  'bench:overload': 'tests/src/bench/overload/main.ts',
  'bench:all': 'infra/bench-all.ts',
  'replay:2013-02-07': 'tests/src/replays/partial-downtime/main.ts',
  'replay:2013-02-23': 'tests/src/replays/we-were-down/main.ts',
  'bench:load-generator': 'tests/src/bench/load-generator/main.ts',
  load: 'tests/load/main.ts',
  'record:clients': 'tests/src/load/record-clients.ts',
  conformance: 'infra/conformance.ts',
};
const fleetEntries = [
  'packages/registry/src/main.ts',
  'packages/status/src/main.ts',
  'balancer/src/main.ts',
  ...['default', 'v1', 'v2', 'push', 'v3', 'symbols'].map((family) => `endpoints/${family}/src/main.ts`),
];

function fail(sentence) {
  process.stderr.write(`feedfleet: ${sentence}\n`);
  process.exit(1);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(path.join(root, file), 'utf8'));
  } catch {
    return undefined;
  }
}

/** npm writes `node_modules/.package-lock.json` last, so it tells what is completely installed. */
function isInstalled() {
  const wanted = readJson('package-lock.json')?.packages ?? {};
  const installed = readJson('node_modules/.package-lock.json')?.packages ?? {};
  return Object.entries(wanted).every(([location, { version, link, optional }]) => {
    if (!location.startsWith('node_modules/')) return true;
    const found = installed[location];
    return found === undefined ? optional === true : found.version === version && found.link === link;
  });
}

function install() {
  if (isInstalled()) return;
  process.stderr.write('feedfleet: installing what the project needs (npm install), once ...\n');
  const npm = process.env.npm_execpath;
  const [command, args] = npm === undefined ? ['npm', []] : [process.execPath, [npm]];
  // npm's own settings of the outer run (such as --omit) must not leak in; the user's configuration files still apply.
  const { status } = spawnSync(
    command,
    [...args, 'install', '--no-save', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  if (status !== 0) fail('npm install failed; its messages above say why. Is the npm registry reachable?');
}

function chooseNode() {
  if (existsSync(pinnedNode) && spawnSync(pinnedNode, ['--version']).status === 0) return pinnedNode;
  if (Number(process.versions.node.split('.')[0]) >= MINIMUM_MAJOR) return process.execPath;
  return fail(
    `the pinned Node ${MINIMUM_MAJOR} is missing from node_modules, and this is Node ${process.versions.node}. ` +
      'Does npm run install scripts here? (npm config get ignore-scripts must print false)',
  );
}

/** Names, sizes and times of what is compiled: when one of them changes, the code that is kept is of the past. */
function sourcesStamp() {
  const sources = ['shared', 'packages', 'balancer', 'endpoints'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true })
      .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
      .map((file) => path.join(folder, file)),
  );
  const lines = [...sources, 'package-lock.json'].sort().map((file) => {
    const { size, mtimeMs } = statSync(path.join(root, file));
    return `${file} ${size} ${mtimeMs}`;
  });
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

/**
 * Compiles all processes when there is no compiled code of these sources. A first start takes less time with it, and its processes,
 * which may run for months, do not keep a compiler in memory.
 */
function compileOnce() {
  const stampFile = path.join(codeFolder, 'sources');
  const stamp = sourcesStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FEEDFLEET_')));
  try {
    rmSync(codeFolder, { recursive: true, force: true });
    mkdirSync(codeFolder, { recursive: true });
    writeFileSync(stampFile, stamp);
  } catch {
    return;
  }
  const files = [entries.start, ...fleetEntries].map((file) => path.join(root, file));
  spawnSync(chooseNode(), [path.join(root, 'infra', 'compile-once.mjs'), ...files], {
    stdio: 'ignore',
    // There is no such port, so the supervisor ends like the others.
    env: { ...env, NODE_COMPILE_CACHE: codeFolder, FEEDFLEET_PORT: 'none' },
    timeout: 30_000,
  });
}

function handOver(name, args) {
  const file = entries[name];
  const child = spawn(
    chooseNode(),
    [...(name === 'start' ? smallHeap : []), '--disable-warning=ExperimentalWarning', file, ...args],
    {
      cwd: root,
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: {
        ...(name === 'start' ? { NODE_COMPILE_CACHE: codeFolder } : {}),
        ...process.env,
        // Scripts that the child starts find the pinned tools first.
        PATH: [path.join(root, 'node_modules', '.bin'), process.env.PATH].join(path.delimiter),
      },
    },
  );
  // A terminal sends Ctrl-C to the whole group; the child hears it by itself. SIGTERM comes to this process alone.
  process.on('SIGINT', () => {});
  let isEnding = false;
  const end = () => {
    isEnding = true;
    child.kill('SIGTERM');
  };
  process.on('SIGTERM', end);
  process.on('SIGHUP', end);
  child.on('error', (error) => fail(`could not start ${file}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGTERM' ? 143 : 1)));
  // A second request would cut the drain short, and npm's shell dies of the signal that npm passes on.
  onOrphaned(() => isEnding || end());
}

/** When npm is killed outright, nobody else would end the fleet. */
function onOrphaned(tell) {
  const parent = process.ppid;
  // npm runs this by way of a shell, which outlives it.
  const starter = parentOf(parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && parentOf(parent) === starter) return;
    clearInterval(timer);
    tell();
  }, 1000);
  timer.unref();
}

/** Source: proc(5), `/proc/pid/stat`, field 4. `undefined` where there is no `/proc`. */
function parentOf(id) {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  } catch {
    return undefined;
  }
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node 20 or newer is needed to install the project, this is Node ${process.versions.node}.`);
}
const [name = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(entries, name)) fail(`expected one of ${Object.keys(entries).join(', ')}, got "${name}".`);
install();
if (name === 'start') compileOnce();
handOver(name, args);
