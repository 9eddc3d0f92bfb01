/** nginx as the second yardstick: the same bytes from files, and a proxy in front of the same endpoints. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';

export interface NginxOptions {
  readonly folder: string;
  readonly port: number;
  /** Path prefix to the port of the endpoint that serves it. */
  readonly upstreams: Readonly<Record<string, number>>;
}

const configuration = ({ folder, port, upstreams }: NginxOptions): string => `
# The files lie in a folder of whoever runs the benchmark.
user ${userInfo().username};
daemon off; master_process on; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 10000000; sendfile on;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  ${Object.values(upstreams)
    .map((each) => `upstream u${each} { server 127.0.0.1:${each}; keepalive 128; keepalive_requests 10000000; }`)
    .join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    location /static/ { root ${folder}; }
    ${Object.entries(upstreams)
      .map(
        ([prefix, each]) =>
          `location ${prefix} { proxy_pass http://u${each}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }`,
      )
      .join('\n    ')}
  }
}
`;

export function startNginx(options: NginxOptions): ChildProcess {
  mkdirSync(path.join(options.folder, 'static'), { recursive: true });
  const file = path.join(options.folder, 'nginx.conf');
  writeFileSync(file, configuration(options));
  return spawn('nginx', ['-c', file, '-p', options.folder], { stdio: ['ignore', 'ignore', 'inherit'] });
}
