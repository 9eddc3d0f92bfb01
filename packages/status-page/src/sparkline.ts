/** Latency as two lines: the median, and above it the 95th percentile. Where nothing was measured, there is no line. */
import type { LatencyReport } from '@feedfleet/status-model';
import { markup } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { instantMs } from './instants.ts';
import { duration, latency } from './words.ts';

const WIDTH = 320;
const HEIGHT = 56;
/** More are thinned out. */
const MOST_POINTS = 96;

interface Place {
  readonly x: number;
  readonly y: number | undefined;
}

export function latencyLine({ p50Ms, p95Ms, points: all }: LatencyReport): Markup {
  const step = Math.ceil(Math.max(1, all.length) / MOST_POINTS);
  const points = all.filter((_, index) => (all.length - 1 - index) % step === 0);
  const measured = points.flatMap(({ p50Ms: p50, p95Ms: p95 }) => [p50, p95]).filter(isMeasured);
  const isKnown = p50Ms !== null || p95Ms !== null;
  const words = markup`<span class="soft">Latency</span> ${isKnown ? `p50 ${latency(p50Ms)}, p95 ${latency(p95Ms)}` : 'unknown'}`;
  if (measured.length < 4) return markup`<p class="latency"><span>${words}</span></p>`;
  const top = Math.max(...measured, 1);
  const places = (of: (point: (typeof points)[number]) => number | null): readonly Place[] =>
    points.map((point, index) => {
      const ms = of(point);
      const x = Math.round((index / Math.max(1, points.length - 1)) * WIDTH);
      return { x, y: isMeasured(ms) ? Math.round(HEIGHT - 2 - (ms / top) * (HEIGHT - 6)) : undefined };
    });
  return markup`
    <p class="latency"><span>${words}</span>
    <svg class="line" role="img" aria-label="${summaryOf(points, measured)}" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none">
    <path class="p95" d="${lineThrough(places((point) => point.p95Ms))}"/>
    <path class="p50" d="${lineThrough(places((point) => point.p50Ms))}"/></svg></p>`;
}

function isMeasured(ms: number | null): ms is number {
  return ms !== null && Number.isFinite(ms) && ms >= 0;
}

/** Steps from point to point, which are the shortest to write. */
function lineThrough(places: readonly Place[]): string {
  let last: { readonly x: number; readonly y: number } | undefined;
  let line = '';
  for (const { x, y } of places) {
    if (y === undefined) last = undefined;
    else {
      // A point of its own, between gaps, is a dot.
      line += last === undefined ? `M${x} ${y}h0` : `l${x - last.x} ${y - last.y}`;
      last = { x, y };
    }
  }
  return line.replaceAll(' -', '-');
}

function summaryOf(points: LatencyReport['points'], measured: readonly number[]): string {
  const first = instantMs(points[0]?.at ?? null);
  const last = instantMs(points.at(-1)?.at ?? null);
  const span = first === undefined || last === undefined || last <= first ? '' : ` over ${duration(last - first)}`;
  return `Latency${span}: from ${latency(Math.min(...measured))} to ${latency(Math.max(...measured))}`;
}
