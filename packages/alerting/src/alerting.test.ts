import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ALERT_NAMES, KEEP_FIRING_MS, settleAlerts } from './alert-book.ts';
import type { Finding, FiringAlert } from './alert-book.ts';
import { alertmanagerAlerts, alertmanagerWebhook } from './alertmanager.ts';
import { BURN_RULES, isBurning } from './burn-rates.ts';
import type { Tally } from './burn-rates.ts';
import { CERTIFICATE_STEPS_DAYS, certificateSeverity, certificateStep } from './certificate-steps.ts';
import { silentObservers } from './dead-man.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Failures of each minute, newest last, of 12 looks each. */
function burning(badAMinute: readonly number[]): readonly string[] {
  const tallyOf = (windowMs: number): Tally => {
    const minutes = badAMinute.slice(-windowMs / MINUTE);
    const bad = minutes.reduce((sum, each) => sum + each, 0);
    return { bad, good: minutes.length * 12 - bad };
  };
  return BURN_RULES.filter((rule) => isBurning(rule, 0.999, tallyOf)).map(({ id }) => id);
}

const minutes = (count: number, badOf: (minute: number) => number): readonly number[] =>
  Array.from({ length: count }, (_, minute) => badOf(minute));
const calm = minutes(4320, () => 0);

describe('burn rates', () => {
  it('the fast rule fires in the second minute of an outage, and is over five minutes after it', () => {
    const outage = (length: number): readonly number[] => [...calm, ...minutes(length, () => 12)];
    expect(burning(outage(0))).toEqual([]);
    expect(burning(outage(2))).toContain('fast');
    expect(burning([...outage(10), ...minutes(4, () => 0)])).toContain('fast');
    expect(burning([...outage(10), ...minutes(5, () => 0)])).not.toContain('fast');
  });

  it.each([
    [['sustained', 'slow', 'creeping'], 8],
    [['slow', 'creeping'], 20],
    [['creeping'], 50],
    [[], 100],
  ])('fires %j when one look fails every %d minutes for three days', (rules, every) => {
    expect(burning(minutes(4320, (minute) => (minute % every === 0 ? 1 : 0)))).toEqual(rules);
  });

  it('is silent on failures of a moment, however young the series is', () => {
    expect(burning([3, 0])).toEqual([]);
    expect(burning([9])).toEqual([]);
    expect(burning([...calm, 4])).toEqual([]);
  });

  it('is silent on noise within the objective, wherever it falls', () => {
    const places = fc.uniqueArray(fc.integer({ min: 0, max: 4319 }), { maxLength: 9 });
    fc.assert(
      fc.property(places, (at) => {
        const failing = new Set(at);
        expect(burning(minutes(4320, (minute) => (failing.has(minute) ? 1 : 0)))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('certificates', () => {
  it('are told of at each step, and pages begin a week before the end', () => {
    const steps = [31, 30, 22, 21, 14, 8, 7, 3, 1, 0.5, 0, -3].map((days) => certificateStep(days * DAY, 0));
    expect(steps).toEqual([undefined, 30, 30, 21, 14, 14, 7, 3, 1, 1, 0, 0]);
    expect([...CERTIFICATE_STEPS_DAYS, 0].map(certificateSeverity).join(' ')).toBe(
      'ticket ticket ticket page page page page',
    );
  });
});

describe('the dead-man switch', () => {
  const limit = 5 * MINUTE;

  it('names who is silent, and tells when nobody is left', () => {
    const observers = [
      { name: 'a', awaitedSinceMs: 0 },
      { name: 'b', awaitedSinceMs: limit },
    ];
    expect(silentObservers(observers, limit, 0)).toEqual({ names: [], all: false });
    expect(silentObservers(observers, limit + 1, 0)).toEqual({ names: ['a'], all: false });
    expect(silentObservers(observers, 2 * limit + 1, 0)).toEqual({ names: ['a', 'b'], all: true });
  });

  it('waits for one that nobody knows anything of since it began to listen', () => {
    const observers = [{ name: 'never heard of', awaitedSinceMs: null }];
    expect(silentObservers(observers, 10 * limit, 9 * limit)).toEqual({ names: [], all: false });
    expect(silentObservers(observers, 10 * limit + 1, 9 * limit)).toEqual({ names: ['never heard of'], all: true });
  });

  it('does not blame observers for the time in which nobody listened', () => {
    const observers = [{ name: 'a', awaitedSinceMs: 0 }];
    expect(silentObservers(observers, 10 * limit, 9 * limit + 1).names).toEqual([]);
    expect(silentObservers(observers, 10 * limit + 2, 9 * limit + 1).names).toEqual(['a']);
  });
});

const finding = (changes: Partial<Finding> = {}): Finding => ({
  name: ALERT_NAMES.certificate,
  subject: 'packages.example:443',
  severity: 'ticket',
  step: 30,
  tellsSteps: true,
  summary: 'It ends.',
  ...changes,
});

/** What is told, look by look. */
function told(looks: readonly (readonly [number, readonly Finding[]])[]): readonly string[] {
  let firing: readonly FiringAlert[] = [];
  return looks.map(([now, findings]) => {
    const settled = settleAlerts(firing, findings, now);
    ({ firing } = settled);
    return settled.events.map(({ kind, alert }) => `${kind} ${alert.finding.severity} ${alert.finding.step}`).join(',');
  });
}

describe('the book of alerts', () => {
  it('tells of each step once, and of the end', () => {
    const next = finding({ step: 7, severity: 'page' });
    const looks = [
      [0, [finding()]],
      [1, [finding()]],
      [2, [finding({ step: 21 })]],
      [3, [next]],
      [4, [next]],
      [KEEP_FIRING_MS + 3, []],
      [KEEP_FIRING_MS + 4, []],
    ] as const;
    expect(told(looks)).toEqual([
      'fired ticket 30',
      '',
      'escalated ticket 21',
      'escalated page 7',
      '',
      '',
      'resolved page 7',
    ]);
  });

  it('does not tell again of what goes and comes, nor of a step that tells nothing', () => {
    const burn = (step: number, severity: 'page' | 'ticket'): Finding =>
      finding({ name: ALERT_NAMES.burn, step, severity, tellsSteps: false });
    const looks = [
      [0, [burn(3, 'ticket')]],
      [1, [burn(2, 'ticket')]],
      [2, [burn(0, 'page')]],
      [3, [burn(3, 'ticket')]],
      [4, []],
      [5, [burn(0, 'page')]],
    ] as const;
    expect(told(looks)).toEqual(['fired ticket 3', '', 'escalated page 0', '', '', '']);
  });
});

describe('the forms of Alertmanager', () => {
  const origin = { pageUrl: 'https://status.example', title: 'Package feeds' };
  const alert = { finding: finding(), firedAtMs: 0, lastFoundAtMs: 0 };

  it('an alert that fires ends by itself unless it is told again, one that is over ends now', () => {
    const [fired] = alertmanagerAlerts({ kind: 'fired', alert }, origin, 1000);
    expect(fired).toEqual({
      labels: { alertname: 'FeedfleetCertificateExpires', severity: 'ticket', subject: 'packages.example:443' },
      annotations: { summary: 'It ends.' },
      startsAt: '1970-01-01T00:00:00.000Z',
      endsAt: '1970-01-01T00:15:01.000Z',
      generatorURL: 'https://status.example',
    });
    expect(alertmanagerAlerts({ kind: 'resolved', alert }, origin, 1000)).toMatchObject([
      { endsAt: '1970-01-01T00:00:01.000Z' },
    ]);
  });

  it('the webhook has the same fingerprint when it fires and when it is over', () => {
    const bodies = (['fired', 'resolved'] as const).map((kind) => alertmanagerWebhook({ kind, alert }, origin, 1000));
    expect(bodies).toMatchObject([
      { version: '4', status: 'firing', alerts: [{ endsAt: '0001-01-01T00:00:00Z' }] },
      { version: '4', status: 'resolved', alerts: [{ endsAt: '1970-01-01T00:00:01.000Z' }] },
    ]);
    const prints = bodies.map((body) => (body as { alerts: { fingerprint: string }[] }).alerts[0]?.fingerprint);
    expect(prints[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(prints[1]).toBe(prints[0]);
  });
});
