/** nginx with TLS in front of a fleet: another scheme, host name, port and path than the balancer's own. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { eventually, freePort } from '@feedfleet/throwaway-fleet';

import { exchange } from './exchange.ts';
import type { ExchangeOptions } from './exchange.ts';

export interface TlsProxyOptions {
  /** A name that no resolver has to know. */
  readonly hostName: string;
  /** A path that is taken off and told as `X-Forwarded-Prefix`, or is left on. */
  readonly prefix: string;
  readonly keepsPrefix: boolean;
  /** What the balancer sees as the proxy's address. */
  readonly fromAddress: string;
  readonly port: number;
  /** Of the balancer. */
  readonly upstream: string;
}

export interface TlsProxy {
  /** Where clients reach the fleet, without a slash at the end. */
  readonly url: string;
  readonly through: NonNullable<ExchangeOptions['through']>;
  stop(): Promise<void>;
}

function configuration(folder: string, options: TlsProxyOptions): string {
  const { port, hostName, prefix, keepsPrefix, fromAddress, upstream } = options;
  return `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off; client_max_body_size 0;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  server {
    listen 127.0.0.1:${port} ssl; server_name ${hostName};
    ssl_certificate ${folder}/certificate.pem; ssl_certificate_key ${folder}/key.pem;
    location / { return 404; }
    location ${prefix}/ {
      proxy_pass ${upstream}${keepsPrefix ? '' : '/'}; proxy_bind ${fromAddress}; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_request_buffering off; proxy_buffering off;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      ${keepsPrefix ? '' : `proxy_set_header X-Forwarded-Prefix ${prefix};`}
    }
  }
}
`;
}

function makeCertificate(folder: string, hostName: string): string {
  const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')];
  const subject = ['-subj', `/CN=${hostName}`, '-addext', `subjectAltName=DNS:${hostName}`, '-days', '2'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const made = spawnSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', certificate]);
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr.toString()}`);
  return readFileSync(certificate, 'utf8');
}

/** @returns options for `startTlsProxy` but for the upstream, which may have to know the URL first. */
export async function planTlsProxy(
  options: Omit<TlsProxyOptions, 'port' | 'upstream'>,
): Promise<{ readonly url: string; readonly plan: Omit<TlsProxyOptions, 'upstream'> }> {
  const port = await freePort();
  return { url: `https://${options.hostName}:${port}${options.prefix}`, plan: { ...options, port } };
}

export async function startTlsProxy(options: TlsProxyOptions): Promise<TlsProxy> {
  const folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-nginx-'));
  const certificate = makeCertificate(folder, options.hostName);
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(file, configuration(folder, options));
  const nginx = spawn('nginx', ['-c', file, '-p', folder], { stdio: 'ignore' });
  const url = `https://${options.hostName}:${options.port}${options.prefix}`;
  const through = { port: options.port, certificate };
  await eventually({ what: 'nginx answers', limitMs: 10_000 }, () => exchange(`${url}/`, { through }));
  return {
    url,
    through,
    async stop() {
      const ended = once(nginx, 'exit');
      nginx.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
