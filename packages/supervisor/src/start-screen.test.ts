import { describe, expect, it } from '@jest/globals';
import { renderNugetConfig } from './nuget-config.ts';
import { plainInk, renderStartScreen } from './start-screen.ts';
import type { StartScreen } from './start-screen.ts';

const KEY = `ff_${'k'.repeat(43)}`;
const screen: StartScreen = {
  url: 'http://127.0.0.1:5555',
  registryUrl: 'http://127.0.0.1:5556',
  statusUrl: 'http://127.0.0.1:5557',
  dataFolder: '/srv/data',
  feed: 'main',
  adminKey: KEY,
  newKeyCommand: 'npx feedfleet key create --admin --data /srv/data',
  down: [],
  startMs: 2345,
};
const render = (changes: Partial<StartScreen> = {}) => renderStartScreen({ ...screen, ...changes }, plainInk);

describe('the start screen', () => {
  it('has the URLs of the feed on every family', () => {
    const text = render();
    expect(text).toContain('feedfleet is ready after 2.3 s');
    for (const end of ['', '/api/v2', '/api/v2/package', '/api/v3/index.json']) {
      expect(text).toMatch(new RegExp(`http://127\\.0\\.0\\.1:5555/F/main${end}\\n`));
    }
    expect(text).toContain('http://127.0.0.1:5556');
    expect(text).toMatch(/^  Status page +http:\/\/127\.0\.0\.1:5557$/m);
  });

  it('has commands that can be pasted', () => {
    const lines = render()
      .split('\n')
      .map((line) => line.trim());
    expect(lines).toContain(
      'dotnet nuget add source http://127.0.0.1:5555/F/main/api/v3/index.json --name feedfleet --allow-insecure-connections',
    );
    expect(lines).toContain(`dotnet nuget push "bin/Release/*.nupkg" --source feedfleet --api-key ${KEY}`);
    expect(lines).toContain('dotnet restore');
  });

  it('says how to make a key when the first one was shown before', () => {
    const text = render({ adminKey: undefined });
    expect(text).toContain('--api-key <your key>');
    expect(text).toContain('\n  npx feedfleet key create --admin --data /srv/data\n');
    expect(text).not.toContain(KEY);
  });

  it('does not allow insecure connections where there are none', () => {
    expect(render({ url: 'https://nuget.example.org' })).not.toContain('insecure');
    expect(render()).toContain('With a .NET SDK before 9, leave out --allow-insecure-connections.');
  });

  it('says what is down and that the rest goes on', () => {
    const text = render({
      down: [{ label: 'registry', message: 'it ended (code 1)', logFile: '/srv/data/logs/r.log' }],
    });
    expect(text).toContain('feedfleet runs in part');
    expect(text).toContain('registry is down: it ended (code 1)');
    expect(text).toContain('/srv/data/logs/r.log');
  });

  it('has no colours where there is no terminal', () => {
    expect(render()).toMatch(/^[\n -~]+$/);
  });
});

describe('nuget.config', () => {
  it('allows plain http for the source only where it is plain http', () => {
    const plain = renderNugetConfig('http://127.0.0.1:5555/F/main/api/v3/index.json');
    expect(plain).toContain('key="feedfleet" value="http://127.0.0.1:5555/F/main/api/v3/index.json"');
    expect(plain).toContain('allowInsecureConnections="true"');
    expect(renderNugetConfig('https://x/F/main/api/v3/index.json')).not.toContain('allowInsecureConnections');
  });
});
