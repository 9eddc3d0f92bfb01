/** What the balancer could cost at the least: Node's server alone, and Node's server with the connector behind it. */
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../../..');

export interface FrontOptions {
  readonly port: number;
  readonly upstreamPort: number;
  readonly flags: readonly string[];
}

/** It proxies, and does nothing else that the balancer does. */
export function startBareFront({ port, upstreamPort, flags }: FrontOptions): ChildProcess {
  const entry = path.join(root, 'balancer/src/bare-front-process.ts');
  return spawn(process.execPath, [...flags, entry, String(port), String(upstreamPort)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

export interface MemoryServerOptions {
  readonly folder: string;
  readonly upstreamPort: number;
  readonly paths: readonly string[];
  readonly flags: readonly string[];
}

/** It answers with the endpoint's own bytes from memory, and proxies nothing. */
export async function startMemoryServer(
  options: MemoryServerOptions,
): Promise<{ process: ChildProcess; port: number }> {
  const answers: Record<string, { file: string; head: string[] }> = {};
  for (const [place, url] of options.paths.entries()) {
    const answer = await fetch(`http://127.0.0.1:${options.upstreamPort}${url}`);
    const file = path.join(options.folder, `answer-${place}`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    await writeFile(file, bytes);
    const type = answer.headers.get('content-type') ?? 'application/octet-stream';
    answers[url] = { file, head: ['Content-Type', type, 'Content-Length', String(bytes.length)] };
  }
  const entry = path.join(root, 'tests/src/bench/bare-server.ts');
  const child = fork(entry, [JSON.stringify(answers)], { execArgv: [...options.flags] });
  const [message] = (await once(child, 'message')) as [{ readonly port: number }];
  return { process: child, port: message.port };
}
