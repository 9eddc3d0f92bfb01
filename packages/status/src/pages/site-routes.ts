/**
 * The site over HTTP, at the root of the process.
 *
 * Source: RFC 9110, sections 8.8.3 (ETag), 12.5.3 (Accept-Encoding) and 13.1.2 (If-None-Match); RFC 9111, section 5.2.2; RFC 5861
 * (stale answers while revalidating, and for errors).
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';

import type { Express, NextFunction, Request, Response } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import type { StatusReport } from '@feedfleet/status-model';
import { NOT_FOUND_PATH, operatorPage, pageGuards, sitePathOf } from '@feedfleet/status-page';

import { isOperator } from '../api/operator-gate.ts';
import type { PublicSite, SiteAnswer } from './public-site.ts';

export interface SiteRoutesOptions {
  readonly site: PublicSite;
  /** With everything. */
  readonly report: () => StatusReport;
  readonly operatorToken: string | undefined;
}

/** Caches in between take the crowd; with the process dead, what they have is better than nothing, and says how old it is. */
const SHARED = 'public, max-age=5, stale-while-revalidate=30, stale-if-error=86400';

/** Comes last: it answers every path that no other part has. */
export function addSiteRoutes(app: Express, { site, report, operatorToken }: SiteRoutesOptions): void {
  app.get('/operator', (request: Request, response: Response) => {
    if (!isOperator(request.headers, operatorToken)) throw passwordAsked();
    const body = Buffer.from(operatorPage(report()));
    const headers = { ...pageGuards(), 'Cache-Control': 'no-store', 'Content-Type': 'text/html; charset=utf-8' };
    end(request, response, { status: 200, headers, body });
  });
  app.use(async (request: Request, response: Response, next: NextFunction) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || request.path === '/api' || request.path.startsWith('/api/')) {
      next();
      return;
    }
    const path = sitePathOf(request.path);
    const found = path === undefined || path === NOT_FOUND_PATH ? undefined : await site.answer(path);
    const answer = found ?? (await site.answer(NOT_FOUND_PATH));
    if (answer === undefined) next();
    else send(request, response, { answer, status: found === undefined ? 404 : 200 });
  });
}

/** A browser asks for a password then: any name, and the operator token. */
function passwordAsked(): ProblemError {
  return new ProblemError('unauthenticated', {
    detail: 'Send the operator token, as Bearer or as the password of Basic authentication.',
    headers: { 'www-authenticate': 'Basic realm="feedfleet operators", charset="UTF-8"' },
  });
}

interface Sent {
  readonly answer: SiteAnswer;
  readonly status: 200 | 404;
}

function send(request: Request, response: Response, { answer, status }: Sent): void {
  const { contentType, etag } = answer;
  const isPage = contentType.startsWith('text/html');
  const headers = {
    ...(isPage ? pageGuards() : { 'X-Content-Type-Options': 'nosniff', 'Access-Control-Allow-Origin': '*' }),
    'Cache-Control': status === 200 ? SHARED : 'public, max-age=5',
    Vary: 'Accept-Encoding',
    ETag: etag,
  };
  if (status === 200 && isMatch(request.headers, etag)) {
    end(request, response, { status: 304, headers });
    return;
  }
  const isGzip = takesGzip(request.headers);
  end(request, response, {
    status,
    headers: { ...headers, 'Content-Type': contentType, ...(isGzip ? { 'Content-Encoding': 'gzip' } : {}) },
    body: isGzip ? answer.gzipped : answer.body,
  });
}

interface Ending {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

function end({ method }: IncomingMessage, response: ServerResponse, { status, headers, body }: Ending): void {
  response.writeHead(status, body === undefined ? headers : { ...headers, 'Content-Length': body.length });
  response.end(method === 'HEAD' ? undefined : body);
}

function isMatch({ 'if-none-match': asked }: IncomingHttpHeaders, etag: string): boolean {
  if (asked === undefined) return false;
  const bare = etag.replace(/^W\//, '');
  return asked.trim() === '*' || asked.split(',').some((one) => one.trim().replace(/^W\//, '') === bare);
}

function takesGzip({ 'accept-encoding': accepted }: IncomingHttpHeaders): boolean {
  const value = Array.isArray(accepted) ? accepted.join() : (accepted ?? '');
  return value.split(',').some((one) => /^\s*(?:gzip|x-gzip)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(one));
}
