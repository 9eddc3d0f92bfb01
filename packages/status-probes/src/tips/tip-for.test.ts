import { describe, expect, it } from '@jest/globals';

import { tipFor } from './tip-for.ts';
import type { FamilyInView } from './tip-for.ts';

const AT = '2026-11-28T12:00:00.000Z';
const root = 'https://packages.example/F/<feed>';
const patterns = {
  ...{ default: root, v1: `${root}/api/v1`, v2: `${root}/api/v2`, v3: `${root}/api/v3/index.json` },
  ...{ push: `${root}/api/v2/package`, symbols: `${root}/symbols` },
};

const fleetWithout = (...failing: readonly string[]): readonly FamilyInView[] =>
  Object.entries(patterns).map(([id, urlPattern]) => ({ id, urlPattern, worksAt: failing.includes(id) ? null : AT }));

describe('the tip for a family in trouble', () => {
  it('leads from v3 to v2 with the line for nuget.config, and pushers to the push URL', () => {
    expect(tipFor('v3', fleetWithout('v3'))).toEqual({
      text:
        `In nuget.config, keep the key of the source, and change ${patterns.v3} to ${patterns.v2} with protocolVersion="2"; ` +
        `to push, give --source ${patterns.push}.`,
      useUrl: patterns.v2,
      insteadOfUrl: patterns.v3,
      nugetConfig: `<add key="feedfleet" value="${patterns.v2}" protocolVersion="2" />`,
      checkedAt: AT,
    });
  });

  it.each([
    ['v3', ['v2'], 'default'],
    ['v2', [], 'default'],
    ['v2', ['default'], 'v3'],
    ['default', [], 'v2'],
    ['default', ['v2'], 'v3'],
    ['v1', ['default'], 'v2'],
  ] as const)('of %s, when %j fail too, leads to %s', (trouble, others, wanted) => {
    expect(tipFor(trouble, fleetWithout(trouble, ...others))?.useUrl).toBe(patterns[wanted]);
  });

  it('says which clients can follow it when they have to speak v3 from then on', () => {
    const tip = tipFor('v2', fleetWithout('v2', 'default'));
    expect(tip?.text).toContain('protocolVersion="3" (dotnet, Visual Studio, nuget.exe 4 and newer)');
  });

  it('does not send pushers to a push URL that fails', () => {
    expect(tipFor('v3', fleetWithout('v3', 'push'))?.text).not.toContain('to push');
  });

  it('allows plain http where the URL has it', () => {
    const families = fleetWithout('v3').map((family) => ({
      ...family,
      urlPattern: family.urlPattern.replace('https:', 'http:'),
    }));
    expect(tipFor('v3', families)?.nugetConfig).toContain('protocolVersion="2" allowInsecureConnections="true" />');
  });

  it('tells pushers that nothing else takes pushes, and names no URL', () => {
    expect(tipFor('push', fleetWithout('push'))).toMatchObject({ useUrl: null, nugetConfig: null, checkedAt: AT });
  });

  it('is none where nothing works that could help', () => {
    expect(tipFor('v3', fleetWithout(...Object.keys(patterns)))).toBeNull();
    expect(tipFor('push', fleetWithout(...Object.keys(patterns)))).toBeNull();
    expect(tipFor('symbols', fleetWithout('symbols'))).toBeNull();
  });
});
