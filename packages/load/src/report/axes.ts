/** From values to places in a plot, and the lines and words along its edges. Pure. */

export interface Axis {
  /** From 0 at the low end to 1 at the high end. */
  readonly placeOf: (value: number) => number;
  /** Where a line is drawn across the plot. */
  readonly ticks: readonly number[];
}

const FACTORS = [1, 2, 5, 10];
/** What is smaller is nothing: no figure of a run is. */
const LEAST = 1e-6;
/** Ten to the power of as many decades as an axis has at most. */
const WIDEST = 1e8;

/** From 0 to a round number that is not below the largest value. */
export function linearAxis(largest: number, mostTicks = 5): Axis {
  const top = largest >= LEAST && Number.isFinite(largest) ? largest : 1;
  const rough = top / mostTicks;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (FACTORS.find((factor) => factor * power >= rough * 0.999) ?? 10);
  const steps = Math.ceil((top / step) * 0.9999);
  return {
    placeOf: (value) => Math.min(1, Math.max(0, value / (step * steps))),
    // Multiplied, then rounded to what the step has of decimals: 3 x 0.1 is 0.3.
    ticks: Array.from({ length: steps + 1 }, (_, place) => Number((place * step).toPrecision(12))),
  };
}

/** From a power of ten, or two or five times one, to another. Values below the low end lie on it. */
export function logarithmicAxis(smallest: number, largest: number): Axis {
  const top = largest >= LEAST && Number.isFinite(largest) ? largest : 1;
  const low = roundBelow(Math.max(LEAST, top / WIDEST, Math.min(top, Number.isFinite(smallest) ? smallest : top)));
  const high = Math.max(low * 10, roundAbove(top));
  const decades = Math.log10(high / low);
  const factors = decades <= 2.5 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high * 1.001; power *= 10) {
    ticks.push(...factors.map((factor) => Number((power * factor).toPrecision(12))));
  }
  return {
    placeOf: (value) => Math.min(1, Math.max(0, Math.log10(Math.max(value, low) / low) / decades)),
    ticks: ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001),
  };
}

function roundBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * (FACTORS.findLast((factor) => factor * power <= value * 1.001) ?? 1);
}

function roundAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * (FACTORS.find((factor) => factor * power >= value * 0.999) ?? 10);
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440].map((minutes) => minutes * MINUTE),
];

/** Round instants from the start to the end. */
export function timeTicks(endMs: number, mostTicks = 8): readonly number[] {
  const step = TIME_STEPS.find((each) => endMs / each <= mostTicks) ?? Math.ceil(endMs / mostTicks);
  return Array.from({ length: Math.floor(endMs / step) + 1 }, (_, place) => place * step);
}
