/** What the start screen prints works when it is pasted into a shell. */
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { describeWith } from '../support/component.ts';
import { Dotnet } from '../support/dotnet.ts';

describeWith(['dotnet'], 'the start screen', () => {
  let fleet: Fleet;
  let user: Dotnet;

  beforeAll(async () => {
    fleet = await startFleet();
    user = new Dotnet();
  });

  afterAll(async () => {
    user.remove();
    await fleet.stop();
  });

  it('prints commands that push a package and restore it', async () => {
    // Only the sources that the commands add take part.
    user.configure({});
    user.project('work', { id: 'Acme.Pasted', version: '1.0.0' });
    expect(await user.dotnet(['pack', '-c', 'Release'], 'work')).toMatchObject({ code: 0 });
    const commands = fleet
      .screen()
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.startsWith('dotnet '));
    expect(commands.map((command) => command.split(' ').slice(0, 3).join(' '))).toEqual([
      'dotnet nuget add',
      'dotnet nuget push',
      'dotnet restore',
    ]);
    for (const command of commands.slice(0, 2)) {
      const { code, output } = await user.run('sh', ['-c', command], 'work');
      if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`);
    }
    user.project('consumer', { id: 'Consumer', version: '1.0.0', references: { 'Acme.Pasted': '1.0.0' } });
    const restored = await user.run('sh', ['-c', commands[2] ?? ''], 'consumer');
    if (restored.code !== 0) throw new Error(restored.output);
    expect(user.restored('consumer')).toEqual(['Acme.Pasted/1.0.0']);
  });

  it('has written a nuget.config that restores by itself', async () => {
    user.project('by-file', { id: 'ByFile', version: '1.0.0', references: { 'Acme.Pasted': '1.0.0' } });
    const restored = await user.dotnet(
      ['restore', '--configfile', `${fleet.data}/nuget.config`, '--no-cache'],
      'by-file',
    );
    if (restored.code !== 0) throw new Error(restored.output);
    expect(user.restored('by-file')).toEqual(['Acme.Pasted/1.0.0']);
  });
});
