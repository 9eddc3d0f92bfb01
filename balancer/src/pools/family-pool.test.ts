import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { answered, attempt, datacenter, failed, fleetOf, PoolFixture } from './pool-fixture.ts';

const three = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];

describe('members of a pool', () => {
  it('that drain or have no weight get nothing', () => {
    const fixture = new PoolFixture({
      instances: [{ id: 'a' }, { id: 'b', state: 'draining' }, { id: 'c', weight: 0 }],
    });
    expect(fixture.takers()).toEqual(['a']);
    fixture.fleet = fleetOf({ instances: [{ id: 'a', state: 'draining' }] });
    expect(fixture.choose()).toBeUndefined();
  });

  it('keep what is known of them through changes, unless they are elsewhere now', () => {
    const fixture = new PoolFixture({ instances: three });
    fixture.end('a', attempt({ answeredMs: 70 }));
    fixture.fleet = fleetOf({
      instances: [
        { id: 'a', weight: 50 },
        { id: 'b', url: 'http://elsewhere:1' },
      ],
    });
    const [a, b] = [fixture.member('a'), fixture.member('b')];
    expect([a.latencyAt(fixture.now), a.weight, a.rampAt(fixture.now)]).toEqual([70, 50, 1]);
    expect([b.target.hostname, b.rampAt(fixture.now)]).toEqual(['elsewhere', 0.1]);
    expect(fixture.pool.members(fixture.fleet)).toHaveLength(2);
  });

  it('that come later start slowly', () => {
    const fixture = new PoolFixture({ instances: three });
    expect(fixture.member('a').rampAt(fixture.now)).toBe(1);
    fixture.fleet = fleetOf({ instances: [...three, { id: 'd' }] });
    const ramp = (): number => fixture.member('d').rampAt(fixture.now);
    expect(ramp()).toBe(0.1);
    fixture.now += 10_000;
    expect(ramp()).toBe(0.5);
    fixture.now += 10_000;
    expect(ramp()).toBe(1);
  });

  it('that were tried are not chosen again', () => {
    const fixture = new PoolFixture({ instances: three });
    expect(fixture.choose({}, ['a', 'c'])?.id).toBe('b');
    expect(fixture.choose({}, ['a', 'b', 'c'])).toBeUndefined();
  });

  it('at their limit leave requests to others, as long as there are others', () => {
    const fixture = new PoolFixture({
      instances: three,
      balancing: { maxConcurrent: 2, policy: 'rendezvous', shardSize: 1 },
    });
    const first = fixture.choose();
    for (let count = 0; count < 2; count++) first?.enter();
    const second = fixture.choose();
    expect(second).not.toBe(first);
    for (const { id } of three) for (let count = 0; count < 2; count++) fixture.member(id).enter();
    expect(fixture.choose()).toBe(first);
  });
});

describe('feeds in quarantine', () => {
  const quarantine = (until: number | null) => {
    const at = new Date(0).toISOString();
    return {
      id: 'bad',
      reason: '',
      until: until === null ? null : new Date(until).toISOString(),
      createdAt: at,
      actor: '',
    };
  };
  const instances = [{ id: 'a' }, { id: 'q', pool: 'quarantine' as const }];

  it('go to the instances for them, and nobody else does', () => {
    const fixture = new PoolFixture({ instances, quarantines: [quarantine(null)] });
    expect(fixture.takers({ feed: 'bad' })).toEqual(['q']);
    expect(fixture.takers()).toEqual(['a']);
    expect(fixture.takers({ feed: undefined })).toEqual(['a']);
  });

  it('stay with the others where there are none, or none that takes requests', () => {
    const draining = [{ id: 'a' }, { id: 'q', pool: 'quarantine' as const, state: 'draining' as const }];
    const quarantines = [quarantine(null)];
    expect(new PoolFixture({ instances: three, quarantines }).takers({ feed: 'bad' })).toEqual(['a', 'b', 'c']);
    expect(new PoolFixture({ instances: draining, quarantines }).takers({ feed: 'bad' })).toEqual(['a']);
  });

  it('are back with the others when their time is over', () => {
    const fixture = new PoolFixture({ instances, quarantines: [quarantine(1_000_500)] });
    expect(fixture.takers({ feed: 'bad' })).toEqual(['q']);
    fixture.now = 1_000_500;
    expect(fixture.takers({ feed: 'bad' })).toEqual(['a']);
  });
});

const brokenOff = attempt({ outcome: { outcome: 'broken', termination: 'upstream_truncated', status: 200 } });

describe('an instance that fails', () => {
  it.each([
    ['refuses connections', failed('upstream_refused')],
    ['breaks off', failed('upstream_reset')],
    ['is late', failed('deadline')],
    ['answers 500', answered(500)],
    ['answers 503', answered(503)],
    ['breaks off in the middle of answers', brokenOff],
  ])('five times in a row is out for 30 s: it %s', (_what, how) => {
    const fixture = new PoolFixture({ instances: three });
    fixture.end('a', how, 4);
    fixture.end('a', attempt());
    fixture.end('a', how, 4);
    expect(fixture.takers()).toEqual(['a', 'b', 'c']);
    fixture.end('a', how);
    expect(fixture.takers()).toEqual(['b', 'c']);
    expect(fixture.ejections).toEqual([{ id: 'a', reason: 'failures', lengthMs: 30_000 }]);
    fixture.now += 29_999;
    expect(fixture.takers()).toEqual(['b', 'c']);
    fixture.now += 1;
    expect(fixture.takers()).toEqual(['a', 'b', 'c']);
    expect(fixture.member('a').rampAt(fixture.now)).toBe(0.1);
  });

  it.each([
    ['a source failed', { ...answered(503), isSourceFault: true }],
    ['a source broke off in the middle', { ...brokenOff, isSourceFault: true }],
    ['the client went away', failed('client_gone')],
    ['the client stalled', failed('client_stalled')],
    ['the body was too large', failed('body_too_large')],
    ['the client left it little time', failed('deadline', 100)],
    ['the query went in circles', answered(508)],
    ['the request was wrong', answered(404)],
  ])('is not blamed when %s', (_what, how) => {
    const fixture = new PoolFixture({ instances: three });
    fixture.end('a', how, 50);
    expect(fixture.takers()).toEqual(['a', 'b', 'c']);
  });

  it('again is out for longer each time, up to five minutes, and shorter again when it did well for long', () => {
    const fixture = new PoolFixture({ instances: three });
    const again = (waitMs: number): number | undefined => {
      fixture.now += waitMs;
      fixture.end('a', answered(500), 5);
      const { lengthMs } = fixture.ejections.at(-1) ?? {};
      fixture.now += lengthMs ?? 0;
      return lengthMs;
    };
    expect([1, 2, 3].map(() => again(1_000))).toEqual([30_000, 60_000, 90_000]);
    for (let count = 0; count < 10; count++) again(1_000);
    expect(again(1_000)).toBe(300_000);
    expect(again(30_000 * 100)).toBe(30_000);
  });

  it('stays where half of the pool is out already', () => {
    const fixture = new PoolFixture({ instances: [...three, { id: 'd' }] });
    for (const id of ['a', 'b', 'c', 'd']) fixture.end(id, answered(500), 5);
    expect(fixture.takers()).toEqual(['c', 'd']);
    expect(fixture.ejections.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('and is alone is asked all the same', () => {
    const fixture = new PoolFixture({ instances: [{ id: 'a' }] });
    fixture.end('a', failed('upstream_refused'), 100);
    fixture.check('a', 'failed', 3);
    expect(fixture.choose()?.id).toBe('a');
    expect(fixture.ejections).toEqual([]);
  });

  it('and was started anew is back before its time', () => {
    const fixture = new PoolFixture({ instances: three });
    fixture.end('a', failed('upstream_refused'), 5);
    fixture.check('a', 'failed', 3);
    fixture.check('a', 'passed', 1);
    expect(fixture.takers()).toEqual(['b', 'c']);
    fixture.check('a', 'passed', 1);
    expect(fixture.takers()).toEqual(['a', 'b', 'c']);
  });
});

describe('checks', () => {
  it('take three failures to call an instance down and two good ones to call it up, and it starts slowly then', () => {
    const fixture = new PoolFixture({ instances: three });
    fixture.check('a', 'passed', 1);
    fixture.check('a', 'failed', 2);
    fixture.check('a', 'passed', 1);
    fixture.check('a', 'failed', 2);
    expect(fixture.takers()).toEqual(['a', 'b', 'c']);
    fixture.check('a', 'failed', 1);
    expect(fixture.takers()).toEqual(['b', 'c']);
    fixture.check('a', 'passed', 1);
    expect(fixture.takers()).toEqual(['b', 'c']);
    fixture.check('a', 'passed', 1);
    expect(fixture.takers()).toEqual(['a', 'b', 'c']);
    expect(fixture.member('a').rampAt(fixture.now)).toBe(0.1);
  });

  it('believe an instance at once that says that it drains', () => {
    const fixture = new PoolFixture({ instances: three });
    fixture.check('a', 'draining', 1);
    expect(fixture.takers()).toEqual(['b', 'c']);
  });

  it('are ignored where fewer than half are healthy; what the registry says is not', () => {
    const fixture = new PoolFixture({ instances: [...three, { id: 'd' }, { id: 'e', state: 'draining' }] });
    fixture.check('a', 'failed', 3);
    fixture.check('b', 'failed', 3);
    expect(fixture.takers()).toEqual(['c', 'd']);
    expect(fixture.pool.state(fixture.fleet).isPanicking).toBe(false);
    fixture.check('c', 'failed', 3);
    expect(fixture.takers()).toEqual(['a', 'b', 'c', 'd']);
    expect(fixture.pool.state(fixture.fleet).isPanicking).toBe(true);
  });

  it('never have an instance chosen that is out, as long as the others are many enough', () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...ids), { maxLength: 4 }),
        fc.constantFrom('least-loaded' as const, 'round-robin' as const, 'rendezvous' as const),
        (out, policy) => {
          const fixture = new PoolFixture({ instances: ids.map((id) => ({ id })), balancing: { policy } });
          for (const id of out) fixture.check(id, 'failed', 3);
          expect(fixture.takers()).toEqual(ids.filter((id) => !out.includes(id)));
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('a sweep', () => {
  const sweepEnds = (fixture: PoolFixture): void => {
    fixture.now += 10_000;
    fixture.end('b', attempt());
  };

  it('takes an instance out that fails much more of its requests than the others, never many in a row', () => {
    const fixture = new PoolFixture({ instances: three });
    for (let count = 0; count < 60; count++) {
      fixture.end('a', count % 2 === 0 ? answered(500) : attempt());
      fixture.end('b', attempt());
      fixture.end('c', attempt());
    }
    expect(fixture.ejections).toEqual([]);
    sweepEnds(fixture);
    expect(fixture.ejections).toEqual([{ id: 'a', reason: 'success_rate', lengthMs: 30_000 }]);
  });

  it('takes an instance out that is much slower, but not where feeds have instances of their own', () => {
    for (const policy of ['least-loaded', 'rendezvous'] as const) {
      const fixture = new PoolFixture({ instances: three, balancing: { policy } });
      fixture.end('a', attempt({ answeredMs: 900 }), 60);
      fixture.end('b', attempt({ answeredMs: 30 }), 60);
      fixture.end('c', attempt({ answeredMs: 20 }), 60);
      sweepEnds(fixture);
      expect(fixture.ejections.map(({ id, reason }) => [id, reason])).toEqual(
        policy === 'rendezvous' ? [] : [['a', 'latency']],
      );
    }
  });

  it('does nothing where all fail alike, or where there is little to judge by', () => {
    const fixture = new PoolFixture({ instances: three });
    for (let count = 0; count < 60; count++)
      for (const { id } of three) fixture.end(id, count % 2 === 0 ? answered(500) : attempt());
    sweepEnds(fixture);
    fixture.end('a', answered(500), 4);
    sweepEnds(fixture);
    expect(fixture.ejections).toEqual([]);
  });
});

describe('datacenters', () => {
  const instances = [
    { id: 'a1', datacenter: 'east' },
    { id: 'a2', datacenter: 'east' },
    { id: 'b1', datacenter: 'west' },
    { id: 'x', datacenter: 'nowhere' },
  ];
  const datacenters = [datacenter('west', 2), datacenter('east', 1, true)];

  it('are asked in order: the next one where the one before has no healthy instance left', () => {
    const fixture = new PoolFixture({ instances, datacenters });
    expect(fixture.takers()).toEqual(['a1', 'a2']);
    fixture.check('a1', 'failed', 3);
    expect(fixture.takers()).toEqual(['a2']);
    fixture.check('a2', 'failed', 3);
    expect(fixture.takers()).toEqual(['b1']);
    fixture.check('b1', 'failed', 3);
    expect(fixture.takers()).toEqual(['x']);
    fixture.check('x', 'failed', 3);
    expect(fixture.takers()).toEqual(['a1', 'a2']);
    fixture.check('a1', 'passed', 2);
    expect(fixture.takers()).toEqual(['a1']);
  });

  it('give reads to the next one where the one before is at its limit', () => {
    const fixture = new PoolFixture({ instances, datacenters, balancing: { maxConcurrent: 1 } });
    fixture.member('a1').enter();
    expect(fixture.takers()).toEqual(['a2']);
    fixture.member('a2').enter();
    expect(fixture.takers()).toEqual(['b1']);
  });

  it('give writes to the one that takes them, and to no other', () => {
    const fixture = new PoolFixture({ instances, datacenters, balancing: { maxConcurrent: 1 } });
    for (const id of ['a1', 'a2']) {
      fixture.check(id, 'failed', 3);
      fixture.member(id).enter();
    }
    expect(fixture.takers({ isWrite: true })).toEqual(['a1', 'a2']);
    fixture.fleet = fleetOf({ instances, datacenters: [datacenter('east', 1), datacenter('west', 2)] });
    expect(fixture.takers({ isWrite: true })).toEqual([]);
  });
});

describe('the state of a pool', () => {
  it('tells of each member what it has, what is known of it, and why it gets nothing', () => {
    const fixture = new PoolFixture({ instances: three });
    fixture.end('a', failed('upstream_reset'), 5);
    fixture.check('b', 'failed', 3);
    fixture.end('c', attempt({ answeredMs: 12 }), 3);
    fixture.member('c').enter();
    const [a, b, c] = fixture.pool.state(fixture.fleet).members;
    expect(a).toMatchObject({ health: 'ejected', isTaking: false, ejectedUntil: 1_030_000, requests: 5, failures: 5 });
    expect(a?.why).toContain('upstream_reset');
    expect(b).toMatchObject({ health: 'down', isTaking: false, ejectedUntil: undefined });
    expect(c).toMatchObject({ health: 'healthy', why: '', isTaking: true, inFlight: 1, latencyMs: 12, failures: 0 });
  });
});
