/** What observers saw, turned into states, uptime and latency. */
export { DAY_MS, dayNameOf, HOUR_MS, monthNameOf, monthsBetween, periodOfMonth, startOfLastYear } from './calendar.ts';
export { holdVerdict } from './held-verdict.ts';
export type { HeldVerdict } from './held-verdict.ts';
export { addHistograms, decodeHistogram, encodeHistogram, histogramOf, quantileOf } from './latency-histogram.ts';
export type { LatencyHistogram } from './latency-histogram.ts';
export { mergedState } from './merged-state.ts';
export { overallState } from './overall-state.ts';
export { timelineOf } from './timeline.ts';
export type { Observed, Period } from './timeline.ts';
export { addTimes, averageUptimeOf, NO_TIMES, timesOf, uptimeOf } from './uptime.ts';
