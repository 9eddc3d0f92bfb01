/**
 * The order of the tests: real clients first. They take longest, and one that starts last leaves the other worker idle for minutes.
 */
import path from 'node:path';

import TestSequencer from '@jest/test-sequencer';

const longest = `${path.sep}tests${path.sep}src${path.sep}clients${path.sep}`;

export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const isLong = ({ path: file }) => file.includes(longest);
    const sorted = super.sort(tests);
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
}
