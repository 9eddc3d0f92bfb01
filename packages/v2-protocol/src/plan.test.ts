import { describe, expect, it } from '@jest/globals';
import { parseFilter } from './filter.ts';
import { parseOrder } from './order.ts';
import { V2_PROPERTIES } from './package-property.ts';
import { planQuery } from './plan.ts';
import type { PackageQuery, Plan } from './plan.ts';

function planOf(filter: string, more: Partial<PackageQuery> & { readonly orderBy?: string } = {}): Plan {
  const { orderBy = '', ...query } = more;
  return planQuery({
    id: null,
    text: '',
    filter: filter === '' ? null : parseFilter(filter),
    order: parseOrder(orderBy, V2_PROPERTIES),
    properties: V2_PROPERTIES,
    includePrerelease: true,
    includeUnlisted: true,
    includeSemVer2: false,
    ...query,
  });
}

describe('plan selection', () => {
  it.each([
    ["Id eq 'X'", ['x']],
    ["tolower(Id) eq 'x'", ['x']],
    ["'X' eq Id", ['x']],
    ["(tolower(Id) eq 'git') and IsLatestVersion", ['git']],
    ["(Id eq 'x') and (NormalizedVersion eq '1.0')", ['x']],
    ["(tolower(Id) eq 'a') or (tolower(Id) eq 'b')", ['a', 'b']],
    ["(Id eq 'a') eq true", ['a']],
    ["(Id eq 'a' or Id eq 'b') and Id eq 'b'", ['b']],
  ])('takes the versions of the ids that are named: %s', (filter, ids) => {
    expect(planOf(filter)).toEqual({ kind: 'ids', ids });
  });

  it('takes the versions of the id of FindPackagesById, whatever the filter', () => {
    expect(planOf("substringof('a',Tags)", { id: 'X' })).toEqual({ kind: 'ids', ids: ['x'] });
  });

  it('reads nothing for an empty id or for ids that contradict each other', () => {
    expect(planOf('', { id: '' })).toEqual({ kind: 'nothing' });
    expect(planOf("Id eq 'a' and Id eq 'b'")).toEqual({ kind: 'nothing' });
  });

  it('pages the list of newest versions for a bare latest flag', () => {
    const list = { versions: 'latest', includeSemVer2: false, includeUnlisted: false, text: '' };
    expect(planOf('IsLatestVersion')).toEqual({ kind: 'page', list: { ...list, includePrerelease: false } });
    expect(planOf('IsAbsoluteLatestVersion eq true', { orderBy: 'Id' })).toEqual({
      kind: 'page',
      list: { ...list, includePrerelease: true },
    });
  });

  it.each([
    ["IsLatestVersion and substringof('x',tolower(Id))", {}],
    ['IsLatestVersion', { orderBy: 'DownloadCount desc,Id' }],
    ['IsAbsoluteLatestVersion', { includePrerelease: false }],
    ['', { orderBy: 'Published desc' }],
    ["substringof('PSModule',Tags)", { text: 'x' }],
  ])('walks a list when it must filter or sort: %s %j', (filter, more) => {
    expect(planOf(filter, more).kind).toBe('walk');
  });

  it('takes the ids behind a prefix', () => {
    expect(planOf("startswith(tolower(Id),'Ab') and IsLatestVersion")).toEqual({ kind: 'prefix', prefix: 'ab' });
  });

  it('pages everything in the order of id and version', () => {
    expect(planOf('', { orderBy: 'Id,Version' })).toMatchObject({ kind: 'page', list: { versions: 'all' } });
    expect(planOf('', { orderBy: 'Id,Version desc' }).kind).toBe('walk');
  });

  it.each([
    "substringof('x',tolower(Id))",
    "Id eq 'a' or IsPrerelease",
    "not (Id eq 'a')",
    "Id ne 'a'",
    "startswith(Id,'')",
  ])('refuses what would read the whole feed, and names forms that work: %s', (filter) => {
    const plan = planOf(filter);
    expect(plan).toMatchObject({ kind: 'refused', detail: expect.stringContaining("Search()?searchTerm='x'") });
  });

  it('refuses more ids than one query may name', () => {
    const ids = Array.from({ length: 101 }, (_, index) => `Id eq 'p${index}'`);
    expect(planOf(ids.slice(1).join(' or ')).kind).toBe('ids');
    expect(planOf(ids.join(' or ')).kind).toBe('refused');
  });
});
