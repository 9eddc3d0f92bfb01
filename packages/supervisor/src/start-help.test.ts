import { describe, expect, it } from '@jest/globals';
import { readArguments } from './start-help.ts';

describe('the arguments of npm start', () => {
  it('are none', () => {
    expect(readArguments([])).toEqual({ outcome: 'start' });
  });

  it('may ask for help, which names every setting', () => {
    const read = readArguments(['--help']);
    expect(read).toMatchObject({ outcome: 'help', text: expect.stringMatching(/FEEDFLEET_PORT .*Default: 5555/) });
  });

  it('are refused when there are others', () => {
    const read = readArguments(['--port', '80']);
    expect(read).toMatchObject({ outcome: 'refused', text: expect.stringContaining('got "--port 80"') });
  });
});
