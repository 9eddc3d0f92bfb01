/** Probes are recognised however they come back, and nobody else can make them. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { feedNamed, fleetOf, registryOf } from './graph-fixture.ts';
import { planHierarchy } from './plan-hierarchy.ts';
import { findProbe, probeId, readProbe } from './probe-id.ts';

const fleet = fleetOf('a');
const probe = { sourceId: 'source-0123456789abcdef', nonce: '00c0ffee' };
const id = probeId(fleet, probe);

describe('the id of a probe', () => {
  it('is an id that a package may have, and tells its source and its nonce to those who made it', () => {
    const sourceId = fc.stringMatching(/^[A-Za-z0-9](?:[._-]?[A-Za-z0-9]){0,31}$/);
    fc.assert(
      fc.property(sourceId, fc.stringMatching(/^[0-9a-f]{8}$/), (source, nonce) => {
        const made = probeId(fleet, { sourceId: source, nonce });
        expect(made).toMatch(/^\w+(?:[.-]\w+)*$/);
        expect(readProbe(fleet, made)).toEqual({ sourceId: source.toLowerCase(), nonce });
      }),
    );
    expect(probeId(fleet, { ...probe, sourceId: 's'.repeat(64) }).length).toBeLessThanOrEqual(100);
  });

  it.each([
    ['a registration', `/F/a/api/v3/registration/${id}/index.json`],
    ['a flat container', `/F/a/api/v3/flat/${id}/index.json`],
    ['a call', `/F/a/api/v2/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`],
    ['a call with escapes', `/F/a/api/v2/FindPackagesById()?id=%27${id}%27`],
    ['another case', `/F/a/api/v2/Packages(Id='${id.toUpperCase()}',Version='1.0')`],
    ['everything escaped', `/F/a/${Buffer.from(id).toString('hex').replace(/../g, '%$&')}/x`],
    ['a file name', `/F/a/package/${id}/1.0.0`],
  ])('is found in the URL of %s', (_, url) => {
    expect(findProbe(url)).toBe(id);
  });

  it('is not found in what is like it, nor in anything that is typed', () => {
    expect(findProbe('/F/a/api/v3/registration/ff-probe.tools/index.json')).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => findProbe(`/F/a/${text}%zz%`) === undefined));
  });

  it('cannot be made or altered by others', () => {
    expect(readProbe(fleet, id.toUpperCase())).toEqual(probe);
    expect(readProbe(fleetOf('b'), id)).toBeUndefined();
    expect(readProbe(fleet, `${id}0`)).toBeUndefined();
    expect(readProbe(fleet, `x${id}`)).toBeUndefined();
    for (let at = 0; at < id.length; at += 1) {
      const other = id[at] === '0' ? '1' : '0';
      expect(readProbe(fleet, id.slice(0, at) + other + id.slice(at + 1))).toBeUndefined();
    }
  });
});

describe('a question about the probe of another fleet', () => {
  const view = registryOf({ feeds: ['a'], edges: [{ from: 'a', to: 'https://one.example/v3', loop: 'pending' }] });
  const planOf = (...ids: readonly string[]) =>
    planHierarchy(view, { entry: feedNamed(view, 'a'), now: 0, ids, chain: { outcome: 'none' }, fleet });

  it('is answered without the sources that wait for their own probe, which would wait for each other else', () => {
    expect(planOf(probeId(fleetOf('b'), probe)).contexts.map(({ kind }) => kind)).toEqual(['local']);
    expect(planOf('json').contexts.map(({ unavailable }) => unavailable)).toEqual([null, 'loopPending']);
  });
});
