#!/usr/bin/env node
/**
 * Starts the command on a Node that runs TypeScript sources: this one, or the one that the project pins (the npm package
 * `node`). Plain JavaScript, because it must start on any Node from 20 on.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const MINIMUM_MAJOR = 24;
const workspace = path.resolve(import.meta.dirname, '..');
const main = path.join(workspace, 'src', 'main.ts');

/** npm puts the package `node` into the root of the project, two folders up. */
function pinnedNode() {
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const candidate = path.join(workspace, '..', '..', 'node_modules', 'node', 'bin', file);
  return existsSync(candidate) ? candidate : undefined;
}

function startOn(node) {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // Ctrl-C reaches the child by itself: it is in the terminal's group. SIGTERM comes to this process alone, and SIGHUP may.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  child.on('error', (error) => fail(`${node} does not start: ${error.message}`));
  child.on('exit', (code) => process.exit(code ?? 1));
}

function fail(sentence) {
  process.stderr.write(`feedfleet: ${sentence}\n`);
  process.exit(1);
}

if (Number(process.versions.node.split('.')[0]) >= MINIMUM_MAJOR) {
  await import('../src/main.ts');
} else {
  const node = pinnedNode();
  if (node === undefined) {
    fail(`Node ${MINIMUM_MAJOR} is needed, this is Node ${process.versions.node}. Run npm ci in the project first.`);
  }
  startOn(node);
}
