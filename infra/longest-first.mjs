/**
 * The order of the tests: real clients first, then whatever starts processes. They take longest, and one that starts last leaves the other
 * worker idle for minutes.
 */
import path from 'node:path';

import TestSequencer from '@jest/test-sequencer';

const spanning = `${path.sep}tests${path.sep}src${path.sep}`;
const FIRST = ['clients', 'status', ''].map((folder) => path.join(spanning, folder, path.sep));

export default class LongestFirst extends TestSequencer {
  sort(tests) {
    const placeOf = ({ path: file }) => {
      const place = FIRST.findIndex((folder) => file.includes(folder));
      return place === -1 ? FIRST.length : place;
    };
    return super.sort(tests).sort((left, right) => placeOf(left) - placeOf(right));
  }
}
