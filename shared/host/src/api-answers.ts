/** What the JSON APIs of the processes have in common: paths as they are described, and answers that nobody keeps. */
import type { Response } from 'express';

/** `/api/feeds/{feed}` as express writes it. */
export const expressPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

export function sendAnswer(response: Response, status: number, answer: unknown): void {
  if (response.headersSent || response.destroyed) return;
  const body = Buffer.from(JSON.stringify(answer));
  response.status(status).set({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.setHeader('content-length', body.length);
  response.end(body);
}
