/** HAProxy as a yardstick: one thread, connections to the endpoint kept and shared. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

export interface HaproxyOptions {
  readonly folder: string;
  readonly port: number;
  readonly upstreamPort: number;
}

const configuration = ({ port, upstreamPort }: HaproxyOptions): string => `
global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option forwardfor
frontend front
  bind 127.0.0.1:${port}
  default_backend endpoint
backend endpoint
  server only 127.0.0.1:${upstreamPort} maxconn 256
`;

export function startHaproxy(options: HaproxyOptions): ChildProcess {
  const file = path.join(options.folder, 'haproxy.cfg');
  writeFileSync(file, configuration(options));
  return spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'inherit'] });
}
