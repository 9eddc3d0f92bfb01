/** The composition root of the command: process, terminal and clock in, exit code out. */
import { createInterface } from 'node:readline/promises';

import { BalancerApi, RegistryApi, systemClock } from '@feedfleet/registry-client';

import manifest from '../package.json' with { type: 'json' };
import { buildProgram } from './program.ts';
import type { TextOutput } from './parts.ts';

const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
process.on('SIGTERM', () => stop.abort());
// The terminal is gone: what was begun is still taken back.
process.on('SIGHUP', () => stop.abort());

const outputTo = (stream: NodeJS.WriteStream): TextOutput => ({
  write: (text) => void stream.write(text),
  terminal: stream.isTTY ? stream : undefined,
});

async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    lines.close();
  }
}

const MAX_INPUT_CHARACTERS = 65_536;

async function readInput(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_INPUT_CHARACTERS) break;
  }
  return text;
}

// `feedfleet feed list | head -1` closes the pipe early; that is no failure. So does a terminal that is closed.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const { run } = buildProgram({
  version: manifest.version,
  environment: process.env,
  workingFolder: process.cwd(),
  stdout: outputTo(process.stdout),
  stderr: outputTo(process.stderr),
  confirm: process.stdin.isTTY ? confirm : undefined,
  readInput,
  clock: systemClock,
  random: Math.random,
  signal: stop.signal,
  openRegistry: ({ url, token }) => new RegistryApi({ url, token }),
  openBalancer: ({ url, token }) => new BalancerApi({ url, token }),
});
process.exitCode = await run(process.argv.slice(2));
