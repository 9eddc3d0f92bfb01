import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { cliCommand } from './cli-command.ts';

const SOURCE = '/srv/clone/packages/supervisor/src/main.ts';
const BUILT = '/opt/feed fleet/supervisor/main.js';
const commandOn = (ownEntry: string, dataFolder: string, platform: NodeJS.Platform = 'linux') =>
  cliCommand({ ownEntry, dataFolder, platform }, 'key create --admin');

describe('the command line as it is shown', () => {
  it('is found by npx in a clone, with the data folder unless it is the usual one', () => {
    expect(commandOn(SOURCE, '/srv/clone/data')).toBe('npx feedfleet key create --admin');
    expect(commandOn(SOURCE, '/srv/data')).toBe('npx feedfleet key create --admin --data /srv/data');
  });

  it('is the file beside the supervisor in a build, where npx would ask the npm registry', () => {
    expect(commandOn('/opt/feedfleet/supervisor/main.js', '/opt/feedfleet/data')).toBe(
      'node /opt/feedfleet/cli/main.js key create --admin --data /opt/feedfleet/data',
    );
  });

  it('has paths that a shell takes as they are', () => {
    const strange = `/srv/it's "$HOME" \`x\` \\ !`;
    const printed = execFileSync('sh', ['-c', `printf '%s\\n' ${commandOn(BUILT, strange)}`], { encoding: 'utf8' });
    expect(printed.trimEnd().split('\n')).toEqual([
      'node',
      '/opt/feed fleet/cli/main.js',
      'key',
      'create',
      '--admin',
      '--data',
      strange,
    ]);
    expect(commandOn(SOURCE, String.raw`C:\feed fleet`, 'win32')).toContain(String.raw`--data "C:\feed fleet"`);
  });
});
