/** A balancer of its own in front of a fleet's endpoints, with a chosen engine: started as the supervisor starts one. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { registryUrlOf } from '../../support/fleet-processes.ts';
import { freePort } from '../../support/fleet.ts';
import type { Fleet } from '../../support/fleet.ts';

export type Engine = 'connector' | 'http-proxy';

interface StartedBalancer {
  readonly process: ChildProcess;
  readonly port: number;
}

/** ADR-0010 says why a balancer has this much. */
const FLAGS = ['--disable-warning=ExperimentalWarning', '--max-old-space-size=512', '--max-semi-space-size=16'];
const START_LIMIT_MS = 60_000;

export async function startBalancer(fleet: Fleet, engine: Engine): Promise<StartedBalancer> {
  const port = await freePort();
  const token = readFileSync(path.join(fleet.data, 'secrets', 'operator.token'), 'utf8').trim();
  const child = spawn(
    process.execPath,
    [...FLAGS, path.resolve(import.meta.dirname, '../../../../balancer/src/main.ts')],
    {
      cwd: fleet.data,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        PATH: process.env.PATH,
        ...{ FEEDFLEET_INSTANCE: `balancer-${engine}`, FEEDFLEET_TRANSPORT: engine, FEEDFLEET_DATA_FOLDER: fleet.data },
        ...{ FEEDFLEET_LISTEN_PORT: String(port), FEEDFLEET_LOG_LEVEL: 'warn', FEEDFLEET_REGISTRY_TOKEN: token },
        FEEDFLEET_REGISTRY_URL: registryUrlOf(fleet),
      },
    },
  );
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no balancer after ${START_LIMIT_MS} ms`)), START_LIMIT_MS);
    child.once('exit', (code) => reject(new Error(`the balancer ended with ${code}`)));
    child.on('message', (message) => {
      if ((message as { readonly type?: string }).type !== 'ready') return;
      clearTimeout(timer);
      resolve();
    });
  });
  return { process: child, port };
}
