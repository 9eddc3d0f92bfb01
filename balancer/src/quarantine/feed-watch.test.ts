/** Which feed brings instances down: caught when it does, let alone when it is only busy. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from '@feedfleet/host';
import fc from 'fast-check';
import { recordingLog } from '../recording-log.ts';
import type { LogLine } from '../recording-log.ts';
import type { QuarantineMemory } from './automatic-quarantines.ts';
import { FeedWatch } from './feed-watch.ts';
import { QuarantineFile } from './quarantine-file.ts';
import type { AttemptEnd } from './instance-watch.ts';

const MINUTE = 60_000;

let now: number;
let lines: LogLine[];
let watch: FeedWatch;
let memory: QuarantineMemory | undefined;
let metrics: ReturnType<typeof createMetrics>;

beforeEach(() => {
  make();
});

function make(isActive = true): void {
  now = Date.parse('2030-01-01T00:00:00Z');
  memory = undefined;
  restart(isActive);
}

/** With what the former one wanted to be remembered. */
function restart(isActive = true): void {
  lines = [];
  metrics = createMetrics({ service: 'balancer', instance: 'balancer-1' });
  const keep = (kept: QuarantineMemory): void => void (memory = kept);
  watch = new FeedWatch({ isActive, wallClock: () => now, metrics, log: recordingLog(lines), memory, keep });
}

const at = (feed: string, instance: string) => ({ family: 'v3', instance, feed });

/** Requests of these feeds that are under way together, and end together. */
function run(feeds: readonly string[], end: AttemptEnd, { instance = 'v3-1', tookMs = 10 } = {}): void {
  const startedAt = now;
  for (const feed of feeds) watch.began(at(feed, instance));
  now += tookMs;
  for (const feed of feeds) watch.ended(at(feed, instance), end, startedAt);
}

const quarantined = (): string[] => watch.quarantines().map(({ id }) => id);
const said = (message: string): LogLine[] => lines.filter((line) => line.message === message);

function goodTimes(feeds: readonly string[], seconds: number): void {
  for (let second = 0; second < seconds; second++) {
    run(feeds, 'answered');
    now += 1_000;
  }
}

describe('a feed that brings instances down', () => {
  it('is in quarantine after three deaths, named with its reason', async () => {
    goodTimes(['busy', 'calm'], 20);
    for (const others of [['busy'], ['busy', 'calm'], ['busy']]) {
      expect(quarantined()).toEqual([]);
      run([...others, 'bad'], 'broken');
      goodTimes(['busy', 'calm'], 20);
    }
    expect(watch.quarantines()).toMatchObject([{ id: 'bad', actor: 'balancer' }]);
    expect(watch.quarantines()[0]?.reason).toMatch(/3 times .* v3 /);
    expect(said('feed put in quarantine')).toMatchObject([{ fields: { 'feedfleet.feed': 'bad', for_ms: 300_000 } }]);
    expect((await metrics.render()).body).toMatch(/quarantined_feed\{[^}]*feed="bad"[^}]*\} 1/);
  });

  it('is caught alone too, when nothing listens after each of its requests', () => {
    for (let death = 0; death < 3; death++) {
      run(['bad'], 'broken');
      run(['other'], 'refused');
      now += MINUTE;
    }
    expect(quarantined()).toEqual(['bad']);
  });

  it('is caught where instances hang', () => {
    goodTimes(['busy'], 20);
    for (let hang = 0; hang < 3; hang++) {
      run(['bad', 'busy'], 'stalled', { tookMs: 5_000 });
      goodTimes(['busy'], 10);
    }
    expect(quarantined()).toEqual(['bad']);
    expect(said('instance hung under requests')).toHaveLength(3);
  });

  it('answers for further deaths itself while it is in quarantine', () => {
    for (let death = 0; death < 3; death++) run(['bad', 'bad'], 'broken', { tookMs: 10_000 });
    for (let death = 0; death < 4; death++) run(['bad', 'beside'], 'broken', { tookMs: 10_000 });
    expect(quarantined()).toEqual(['bad']);
  });

  it('is released, and stays longer each time that it is caught again', () => {
    const caught = (): void => {
      for (let death = 0; death < 3; death++) {
        run(['bad', 'bad'], 'broken');
        now += 30_000;
      }
    };
    caught();
    now += 5 * MINUTE;
    expect(quarantined()).toEqual([]);
    expect(said('feed released from quarantine')).toHaveLength(1);
    run(['bad', 'bad'], 'broken');
    expect(quarantined()).toEqual(['bad']);
    now += 9 * MINUTE;
    expect(quarantined()).toEqual(['bad']);
    now += 2 * MINUTE;
    expect(quarantined()).toEqual([]);
    now += 70 * MINUTE;
    run(['bad', 'bad'], 'broken');
    expect(quarantined()).toEqual([]);
    expect(said('feed put in quarantine').map(({ fields }) => fields.for_ms)).toEqual([300_000, 600_000]);
  });

  it('is only named where the option is off', () => {
    make(false);
    for (let death = 0; death < 3; death++) run(['bad', 'bad'], 'broken', { tookMs: MINUTE });
    expect(quarantined()).toEqual([]);
    expect(said('feed would be put in quarantine')).toHaveLength(1);
  });
});

describe('a feed that does not', () => {
  it('is let alone when its connections break one at a time, far from each other', () => {
    for (let time = 0; time < 20; time++) {
      run(['a'], 'broken');
      now += 10_000;
    }
    expect([quarantined(), said('instance died under requests')]).toEqual([[], []]);
  });

  it('is let alone when it waits in vain while its instance answers others', () => {
    for (let time = 0; time < 20; time++) {
      const startedAt = now;
      watch.began(at('slow', 'v3-1'));
      watch.began(at('slow', 'v3-1'));
      run(['other'], 'answered');
      watch.ended(at('slow', 'v3-1'), 'stalled', startedAt);
      watch.ended(at('slow', 'v3-1'), 'stalled', startedAt);
    }
    expect(quarantined()).toEqual([]);
  });

  it('is let alone when it was always there, however many instances are killed', () => {
    goodTimes(['only', 'only'], 60);
    for (let death = 0; death < 30; death++) {
      run(['only', 'only', 'only'], 'broken');
      goodTimes(['only', 'only'], 10);
    }
    expect(said('instance died under requests')).toHaveLength(30);
    expect(quarantined()).toEqual([]);
  });

  it('is let alone when many are suspect alike', () => {
    for (let death = 0; death < 5; death++) run(['a', 'b', 'c', 'd'], 'broken', { tookMs: MINUTE });
    expect(quarantined()).toEqual([]);
  });

  it('is let alone after deaths long ago', () => {
    for (let death = 0; death < 6; death++) run(['a', 'a'], 'broken', { tookMs: 6 * MINUTE });
    expect(quarantined()).toEqual([]);
  });

  it('is not convicted when it misses a death, whatever else is under way', () => {
    const others = fc.subarray(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
    const incidents = fc.array(others, { minLength: 3, maxLength: 6 });
    fc.assert(
      fc.property(incidents, fc.nat(5), fc.constantFrom<AttemptEnd>('broken', 'stalled'), (given, missed, end) => {
        make();
        for (const [index, feeds] of given.entries()) {
          const innocent = index === missed % 3 ? [] : ['innocent', 'innocent'];
          run([...feeds, ...innocent, 'culprit', 'culprit'], end, { tookMs: 20_000 });
        }
        expect(quarantined()).not.toContain('innocent');
        // Others that were there each time are as suspect; more than three together convict nobody.
        const always = given[0]?.filter((feed) => given.slice(0, 3).every((feeds) => feeds.includes(feed))) ?? [];
        if (always.length === 0) expect(quarantined()).toContain('culprit');
      }),
    );
  });
});

it('forgets what has ended, and counts what is under way once', () => {
  for (let round = 0; round < 3_000; round++) run(['a'], 'answered', { instance: `v3-${round}` });
  run(['a', 'a'], 'broken', { instance: 'v3-new' });
  expect(said('instance died under requests')).toMatchObject([{ fields: { 'feedfleet.feeds': 'a', feeds: 1 } }]);
});

describe('a balancer that is restarted', () => {
  function catchBad(): void {
    for (let death = 0; death < 3; death++) {
      run(['bad'], 'broken');
      run(['bad'], 'broken');
      goodTimes(['calm'], 20);
    }
  }

  it('keeps the feed apart as long as it would have, names it again, and forgets nothing of it', async () => {
    catchBad();
    const [before] = watch.quarantines();
    now += MINUTE;
    restart();
    expect(watch.quarantines()).toEqual([before]);
    expect(said('feed still in quarantine')).toMatchObject([{ fields: { 'feedfleet.feed': 'bad' } }]);
    expect((await metrics.render()).body).toMatch(/quarantined_feed\{[^}]*feed="bad"[^}]*\} 1/);
    now += 5 * MINUTE;
    expect(quarantined()).toEqual([]);
    restart();
    expect(quarantined()).toEqual([]);
    // On probation: one more death is enough, and the second sentence is longer.
    run(['bad', 'calm'], 'broken');
    run(['bad', 'calm'], 'broken');
    expect(said('feed put in quarantine')).toMatchObject([{ fields: { for_ms: 600_000, times: 2 } }]);
  });

  it('lets go what was over before it came back', () => {
    catchBad();
    now += 6 * MINUTE;
    restart();
    expect(quarantined()).toEqual([]);
  });

  it('lets all go that is not to keep feeds apart any more', () => {
    catchBad();
    restart(false);
    expect(quarantined()).toEqual([]);
  });
});

describe('the file of quarantines', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-quarantines-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('has the newest of what it was given, and what is damaged is kept beside and told', async () => {
    const log = recordingLog(lines);
    const place = path.join(folder, 'quarantines', 'balancer-1.json');
    const file = new QuarantineFile(place, log);
    expect(await file.load()).toBeUndefined();
    for (let times = 1; times < 20; times++) file.keep({ known: [{ feed: 'bad', times, until: 5 }], quarantines: [] });
    await file.close();
    expect(await new QuarantineFile(place, log).load()).toMatchObject({
      known: [{ feed: 'bad', times: 19, until: 5 }],
    });
    await writeFile(place, '{"format": 1, "known": "all"}');
    expect(await new QuarantineFile(place, log).load()).toBeUndefined();
    expect(said('quarantines cannot be read')).toHaveLength(1);
    expect(await readdir(path.dirname(place))).toEqual(['balancer-1.json.damaged']);
  });
});
