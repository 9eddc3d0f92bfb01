import { describe, expect, it } from '@jest/globals';
import { createLogger, redact } from './index.ts';
import type { LogLevel } from './index.ts';

const capture = (level: LogLevel) => {
  const lines: string[] = [];
  const log = createLogger({ service: 'v2', instance: 'v2-1', level, write: (line) => lines.push(line) });
  const written = async (): Promise<Record<string, unknown>[]> => {
    await new Promise(setImmediate);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  return { log, written };
};

const KEY = `ff_${'Ab0-_'.repeat(8)}xyz`;

describe('a log line', () => {
  it('is one event with the names of service and instance', async () => {
    const { log, written } = capture('info');
    log.child({ feed: 'main' }).info('package pushed', { 'package.id': 'A', absent: undefined });
    const [line] = await written();
    expect(line).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: 'info',
      message: 'package pushed',
      'service.name': 'v2',
      'service.instance.id': 'v2-1',
      feed: 'main',
      'package.id': 'A',
    });
  });

  it('is left out below the level', async () => {
    const { log, written } = capture('warn');
    log.info('quiet');
    log.debug('quieter');
    log.warn('loud');
    expect((await written()).map(({ message }) => message)).toEqual(['loud']);
    expect([log.isEnabled?.('debug'), log.isEnabled?.('error')]).toEqual([false, true]);
  });

  it('of an error has its type, message, stack and causes', async () => {
    const { log, written } = capture('info');
    const cause = new Error('inner', { cause: 'innermost' });
    log.error('push failed', new TypeError('outer', { cause }), { feed: 'main' });
    const [line] = await written();
    expect(line).toMatchObject({ 'error.type': 'TypeError', 'error.message': 'outer', feed: 'main' });
    expect(line?.['error.causes']).toBe('Error: inner <- innermost');
    expect(line?.['error.stack']).toContain('create-logger.test');
  });

  it('never has a key in any text', async () => {
    const { log, written } = capture('info');
    log.error(`at /F/x/auth/abc/y`, new Error(`key ${KEY}`), { url: `http://me:pw@host/F/x/AUTH/${KEY}/api/v2` });
    const text = JSON.stringify(await written());
    expect(text).not.toMatch(/abc|Ab0|me:pw/);
    expect(text).toContain('/F/x/auth/[redacted]/y');
  });
});

describe('redaction', () => {
  it.each([
    ['/F/main/auth/k1/api/v2?x=1', '/F/main/auth/[redacted]/api/v2?x=1'],
    ['/F/main/auth/k1', '/F/main/auth/[redacted]'],
    ['/F/main/%61u%54H/k%5F1/api/v2', '/F/main/%61u%54H/[redacted]/api/v2'],
    ['/F/main//AUTH//%66f_k1/x', '/F/main//AUTH//[redacted]/x'],
    ['/F/main/api/v1/PackageFiles/secret/nupkg', '/F/main/api/v1/PackageFiles/[redacted]/nupkg'],
    ['POST /f/x/pack%61geF%49les//s%2Fx/nupkg?a', 'POST /f/x/pack%61geF%49les//[redacted]/nupkg?a'],
    ['/F/main/v1/FeedService.svc/Packages/secret/Core/1.0', '/F/main/v1/FeedService.svc/Packages/[redacted]/Core/1.0'],
    [
      '/%46/main/auth/k1/api/v1/PACK%41GES/k2/Core/1.0',
      '/%46/main/auth/[redacted]/api/v1/PACK%41GES/[redacted]/Core/1.0',
    ],
    ['Got "/Packages/secret/Core/1.0"; served: /x', 'Got "/Packages/[redacted]/Core/1.0"; served: /x'],
    ['Got "/v1/packages/secret/Core', 'Got "/v1/packages/[redacted]/Core'],
    ['/F/main/PublishedPackages/secret/x', '/F/main/PublishedPackages/[redacted]/x'],
    ['/F/main/api/v1/PublishedPackages/Publish', '/F/main/api/v1/PublishedPackages/Publish'],
    ['/F/main/api/v1/publishedpackages/publisher', '/F/main/api/v1/publishedpackages/[redacted]'],
    ['/F/main/auth%2Fsecret/api/v2', '/F/main/auth%2F[redacted]/api/v2'],
    ['/F/main%2fauth%2fsecret%2fapi/v2', '/F/main%2fauth%2f[redacted]/v2'],
    ['/F/main/symbols/0f8fad5b-D9CB-469f-a165-70867728950e', '/F/main/symbols/[redacted]'],
    ['"/F/main/x/0f8fad5b-d9cb-469f-a165-70867728950e/y?z"', '"/F/main/x/[redacted]/y?z"'],
    [
      '/F/main/symbols/a.pdb/0f8fad5bd9cb469fa16570867728950effffffff/a.pdb',
      '/F/main/symbols/a.pdb/0f8fad5bd9cb469fa16570867728950effffffff/a.pdb',
    ],
    ['/F/main/api/v1/Packages/$count', '/F/main/api/v1/Packages/$count'],
    ["/F/main/api/v1/Packages(Id='a',Version='1')/Id", "/F/main/api/v1/Packages(Id='a',Version='1')/Id"],
    [
      'at x (file:///srv/feedfleet/packages/store/src/a.ts:1:2)',
      'at x (file:///srv/feedfleet/packages/store/src/a.ts:1:2)',
    ],
    ['served: /F/{feed}[/auth/{key}]/api/v2', 'served: /F/{feed}[/auth/{key}]/api/v2'],
    [`Bearer ${KEY}.`, 'Bearer [redacted].'],
    ['http://u:p@h/x', 'http://[redacted]@h/x'],
    ['/F/main/api/v2', '/F/main/api/v2'],
    ['ff_short', 'ff_short'],
  ])('makes %j to %j', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });
});
