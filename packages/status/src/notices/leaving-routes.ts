/**
 * Where a reader of mails leaves. The page asks first, because what looks into mails follows links; mail programs post at once.
 *
 * Source: RFC 8058, sections 3.1 and 3.2.
 */
import type { Express } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';

import type { SubscriberStore } from './subscriber-store.ts';

function page(sentence: string, form: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark"><title>Mails of the status page</title></head>
<body><main><h1>Mails of the status page</h1><p>${sentence}</p>${form}</main></body></html>
`;
}

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

export function addLeavingRoutes(app: Express, subscribers: SubscriberStore): void {
  const known = (leaving: string): string => {
    const subscriber = /^[A-Za-z0-9_-]{32}$/.test(leaving) ? subscribers.byLeaving(leaving) : undefined;
    if (subscriber === undefined) throw new ProblemError('noSuchResource', { detail: 'this address gets no mails' });
    return subscriber.id;
  };
  app.get('/leave/:leaving', (request, response) => {
    known(request.params.leaving);
    const form = '<form method="post"><button>Send me no more mails</button></form>';
    response.set(headers).send(page('You get mails when something happens to the package feeds.', form));
  });
  app.post('/leave/:leaving', (request, response) => {
    subscribers.remove(known(request.params.leaving));
    response.set(headers).send(page('You get no more mails.', ''));
  });
}
