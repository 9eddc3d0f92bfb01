/** For tests: reports as no status process should ever make them. */
import { STATES } from '@feedfleet/status-model';
import type { StatusReport } from '@feedfleet/status-model';
import fc from 'fast-check';

const hostile = fc.constantFrom(
  '<script>alert(1)</script>',
  '" onmouseover="alert(1)',
  "' onload='alert(1)",
  '</style><img src=x onerror=alert(1)>',
  '--><svg onload=alert(1)>',
  ']]>&amp;&lt;',
  'javascript:alert(1)',
  'https://packages.example/"><b>',
  '\u202egnorw\u2066',
  '\u0000\u001b[31m\ud800',
  'line\r\nBEGIN:VEVENT\r\n\n\nend',
  '../../etc/passwd',
  'W'.repeat(6000),
);
const text = fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom('', ' '));
const number = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -1, 0.5, 1, 60_000, 86_400_000, 1e308, Number.NaN, Number.POSITIVE_INFINITY, Number.MIN_VALUE),
);
const instant = fc.oneof(
  { weight: 4, arbitrary: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('2026-11-28T14:02Z', '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z'),
  },
  text,
);
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const list = <T>(arbitrary: fc.Arbitrary<T>, maxLength = 4): fc.Arbitrary<T[]> => fc.array(arbitrary, { maxLength });
const state = fc.constantFrom(...STATES);
const id = fc.oneof(fc.constantFrom('v2', 'v3', 'default'), text);
const component = fc.oneof(fc.constantFrom('family:v2', 'instance:v2-1'), text);
const times = fc.record({ up: number, degraded: number, down: number, maintenance: number, unknown: number });
const latency = fc.record({
  p50Ms: orNull(number),
  p95Ms: orNull(number),
  points: list(fc.record({ at: instant, p50Ms: orNull(number), p95Ms: orNull(number) }), 30),
});

const tip = fc.record({
  text,
  useUrl: orNull(text),
  insteadOfUrl: orNull(text),
  nugetConfig: orNull(text),
  checkedAt: orNull(instant),
});

const family = fc.record({
  id,
  title: text,
  urlPattern: text,
  state,
  since: orNull(instant),
  reason: orNull(text),
  latency,
  days: list(fc.record({ day: fc.oneof(fc.constant('2026-11-28'), text), times, uptime: orNull(number) }), 95),
  months: list(
    fc.record({
      month: fc.oneof(fc.constantFrom('2026-11', '2025-02'), text),
      times,
      uptime: orNull(number),
      availability: orNull(fc.record({ good: number, all: number })),
    }),
    30,
  ),
  instances: list(
    fc.record({
      id,
      datacenter: orNull(text),
      state,
      since: orNull(instant),
      reason: orNull(text),
      latency: fc.record({ p50Ms: orNull(number), p95Ms: orNull(number) }),
    }),
  ),
  tip: orNull(tip),
});

const incident = fc.record({
  id: fc.oneof(fc.constantFrom('a1b2c3d4'), text),
  title: text,
  state: fc.constantFrom('degraded' as const, 'down' as const),
  components: list(component),
  openedAt: instant,
  closedAt: orNull(instant),
  isAutomatic: fc.boolean(),
  postMortemUrl: orNull(text),
  updates: list(fc.record({ at: instant, by: text, text }), 60),
});

export const anyReport: fc.Arbitrary<StatusReport> = fc.record({
  version: fc.constant(1 as const),
  title: text,
  generatedAt: instant,
  pageUrl: fc.oneof(fc.constantFrom('https://status.packages.example', 'http://[', 'https://a.example/x?y#z'), text),
  overall: fc.record({ state, sentence: text, since: orNull(instant) }),
  families: list(family, 6),
  incidents: list(incident, 6),
  maintenance: list(
    fc.record({ id, title: text, text: orNull(text), components: list(component), startsAt: instant, endsAt: instant }),
  ),
  messages: list(
    fc.record({
      id,
      kind: fc.constantFrom('message' as const, 'tip' as const),
      family: orNull(id),
      text,
      postedAt: instant,
      until: orNull(instant),
    }),
  ),
  certificates: list(
    fc.record({ where: text, subject: text, validTo: instant, seenAt: instant, problem: orNull(text) }),
  ),
  observers: list(fc.record({ name: text, lastSeenAt: orNull(instant), isSilent: fc.boolean() })),
});
