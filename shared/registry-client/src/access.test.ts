/** Who may do what with a feed. */
import { describe, expect, it } from '@jest/globals';

import { authorize, refusalProblem } from './access.ts';
import { hashKey, newKey, readCredentials } from './credentials.ts';
import { matchesGlob } from './glob.ts';
import { DEFAULT_FEED_POLICY } from './model.ts';
import type { ApiKey, Feed, Scope, Snapshot } from './model.ts';
import { RegistryView } from './registry-view.ts';

const createdAt = '2030-01-01T00:00:00.000Z';
const now = Date.parse('2030-06-01T00:00:00.000Z');
const feed = (id: string, visibility: Feed['visibility']): Feed => ({
  id,
  name: id,
  aliases: [],
  visibility,
  owner: 'x',
  description: '',
  deletion: 'unlist',
  maxPackageBytes: 1024,
  ...DEFAULT_FEED_POLICY,
  createdAt,
});
const key = (secret: string, rest: Partial<ApiKey> = {}): ApiKey => ({
  id: secret,
  name: secret,
  hash: hashKey(secret),
  owner: 'x',
  feeds: 'all',
  scopes: ['read', 'push'],
  packageGlobs: ['*'],
  createdAt,
  expiresAt: null,
  ...rest,
});
const open = feed('open', 'public');
const closed = feed('closed', 'private');
const snapshot: Snapshot = {
  format: 1,
  fleetId: 'f',
  number: 1,
  feeds: [open, closed],
  keys: [
    key('good'),
    key('admin', { scopes: ['read', 'push', 'unlist', 'delete', 'manage'] }),
    key('expired', { expiresAt: '2030-06-01T00:00:00.000Z' }),
    key('readonly', { scopes: ['read'] }),
    key('elsewhere', { feeds: ['open'] }),
    key('globbed', { packageGlobs: ['Contoso.*', 'Acme'] }),
  ],
  families: [],
  instances: [],
  routes: [],
  sources: [],
  reroutes: [],
  quarantines: [],
  datacenters: [],
};
const view = RegistryView.of(snapshot);
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

function outcomeOf(
  headers: Readonly<Record<string, string>>,
  question: { readonly on?: Feed; readonly scope?: Scope; readonly packageId?: string; readonly pathKey?: string } = {},
): string {
  const { on = closed, scope = 'read', packageId, pathKey = null } = question;
  const credentials = readCredentials(headers, pathKey);
  const asked = { feed: on, credentials, scope, now, ...(packageId === undefined ? {} : { packageId }) };
  return authorize(view, asked).outcome;
}

describe('access to a feed', () => {
  it('needs nothing to read a public feed, and a wrong key does not matter there', () => {
    expect(outcomeOf({}, { on: open })).toBe('granted');
    expect(outcomeOf({ 'x-nuget-apikey': 'wrong' }, { on: open })).toBe('granted');
  });

  it('is given by a key in the header, as password, as user name, as bearer and in the path', () => {
    expect(outcomeOf({ 'x-nuget-apikey': 'good' })).toBe('granted');
    expect(outcomeOf(basic('anybody', 'good'))).toBe('granted');
    expect(outcomeOf(basic('good', ''))).toBe('granted');
    expect(outcomeOf({ authorization: 'bearer good' })).toBe('granted');
    expect(outcomeOf({}, { pathKey: 'good' })).toBe('granted');
  });

  it('asks for a password on reads without one or with a wrong one', () => {
    expect(outcomeOf({})).toBe('unauthenticated');
    expect(outcomeOf({ 'x-nuget-apikey': '', authorization: 'Basic Og==' })).toBe('unauthenticated');
    expect(outcomeOf(basic('x', 'wrong'))).toBe('unauthenticated');
    expect(outcomeOf(basic('x', 'expired'))).toBe('unauthenticated');
  });

  it('is refused to a wrong key in the header or in the path, and to a wrong password on writes', () => {
    expect(outcomeOf({ 'x-nuget-apikey': 'wrong' })).toBe('forbidden');
    expect(outcomeOf({ 'x-nuget-apikey': 'wrong' }, { scope: 'push' })).toBe('forbidden');
    expect(outcomeOf({}, { pathKey: 'wrong' })).toBe('forbidden');
    expect(outcomeOf(basic('x', 'wrong'), { scope: 'push' })).toBe('forbidden');
    expect(outcomeOf({}, { scope: 'push', on: open })).toBe('unauthenticated');
  });

  it('is refused to keys that are expired, lack the scope, or are for another feed', () => {
    expect(outcomeOf({ 'x-nuget-apikey': 'expired' })).toBe('forbidden');
    expect(outcomeOf({ 'x-nuget-apikey': 'readonly' }, { scope: 'push' })).toBe('forbidden');
    expect(outcomeOf({ 'x-nuget-apikey': 'readonly' })).toBe('granted');
    expect(outcomeOf({ 'x-nuget-apikey': 'elsewhere' })).toBe('forbidden');
  });

  it('holds writes to the package ids of the key, without case, and reads not', () => {
    const headers = { 'x-nuget-apikey': 'globbed' };
    expect(outcomeOf(headers, { scope: 'push', packageId: 'contoso.core' })).toBe('granted');
    expect(outcomeOf(headers, { scope: 'push', packageId: 'ACME' })).toBe('granted');
    expect(outcomeOf(headers, { scope: 'push', packageId: 'Acme.Core' })).toBe('forbidden');
    expect(outcomeOf(headers, { packageId: 'Other' })).toBe('granted');
  });

  it('is given to reads when any of several credentials suffices', () => {
    expect(outcomeOf({ 'x-nuget-apikey': 'wrong', ...basic('x', 'good') })).toBe('granted');
    expect(outcomeOf({ 'x-nuget-apikey': 'wrong' }, { pathKey: 'good' })).toBe('granted');
  });

  it.each(['push', 'unlist', 'delete', 'manage'] as const)(
    'to %s goes by the API key in the header alone, where there is one',
    (scope) => {
      const all = { scope, pathKey: 'admin' };
      expect(outcomeOf({ 'x-nuget-apikey': 'wrong', ...basic('x', 'admin') }, all)).toBe('forbidden');
      expect(outcomeOf({ 'x-nuget-apikey': 'readonly', ...basic('x', 'admin') }, all)).toBe('forbidden');
      expect(outcomeOf({ 'x-nuget-apikey': 'admin', ...basic('x', 'wrong') }, all)).toBe('granted');
      expect(outcomeOf({ 'x-nuget-apikey': ' ', ...basic('x', 'admin') }, { scope })).toBe('granted');
      expect(outcomeOf(basic('x', 'wrong'), all)).toBe('granted');
    },
  );

  it('is refused with 401 and the scheme, or with 403', () => {
    const refused = refusalProblem({ outcome: 'unauthenticated', reason: 'x' });
    expect(refused.status).toBe(401);
    expect(refused.headers['www-authenticate']).toBe('Basic realm="feedfleet"');
    expect(refusalProblem({ outcome: 'forbidden', reason: 'x' }).code).toBe('FF_FORBIDDEN');
  });
});

describe('a new key', () => {
  it('is ff_ and 43 base64url characters, and another one each time', () => {
    expect(newKey()).toMatch(/^ff_[A-Za-z0-9_-]{43}$/);
    expect(newKey()).not.toBe(newKey());
  });
});

describe('a package-id glob', () => {
  it.each([
    ['*', 'x', true],
    ['*', '', true],
    ['a*c', 'ABC', true],
    ['a*c', 'abcd', false],
    ['*.Core*', 'a.b.core.x', true],
    ['a**b', 'ab', true],
    ['a.c', 'abc', false],
    ['', 'x', false],
  ])('%s on %s: %s', (glob, id, matches) => {
    expect(matchesGlob(glob, id)).toBe(matches);
  });
});
