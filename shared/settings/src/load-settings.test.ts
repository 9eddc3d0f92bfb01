import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProblemError } from '@feedfleet/problems';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { describeSettings, environmentName, loadSettings, originsAsEnvironment, secret } from './index.ts';
import type { LoadSettingsOptions } from './index.ts';

const schema = z.strictObject({
  listenPort: z.number().int().min(1).max(65_535).default(5555).describe('Port to listen on.'),
  verbose: z.boolean().default(false),
  hosts: z.array(z.string()).default([]),
  ports: z.array(z.number().int()).optional(),
  level: z.enum(['debug', 'info']).default('info'),
  ratio: z.number().min(0).optional(),
  limits: z.record(z.string(), z.number()).default({}),
  url: z.url({ protocol: /^https?$/ }).optional(),
  token: secret(z.string().min(8)).default('unset-token'),
});

const load = (options: Partial<LoadSettingsOptions>) =>
  loadSettings(schema, { environment: {}, prefix: 'FEEDFLEET_', ...options });

const faultOf = (run: () => unknown): ProblemError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('settings from the environment', () => {
  it('take the kind that the schema says', () => {
    const environment = {
      FEEDFLEET_LISTEN_PORT: ' 80 ',
      FEEDFLEET_VERBOSE: 'Yes',
      FEEDFLEET_HOSTS: 'a, b,,c',
      FEEDFLEET_PORTS: '1,2',
      FEEDFLEET_RATIO: '0.5',
      FEEDFLEET_LIMITS: '{"v2": 128}',
    };
    const expected = { listenPort: 80, verbose: true, hosts: ['a', 'b', 'c'], ports: [1, 2], ratio: 0.5 };
    expect(load({ environment })).toMatchObject({ ...expected, limits: { v2: 128 }, level: 'info' });
  });

  it('fall back to the default when a variable is set to nothing', () => {
    expect(load({ environment: { FEEDFLEET_LISTEN_PORT: '' } }).listenPort).toBe(5555);
  });

  it('lose to overrides', () => {
    expect(load({ environment: { FEEDFLEET_LISTEN_PORT: '80' }, overrides: { listenPort: 81 } }).listenPort).toBe(81);
  });

  it('may hold names that no setting has, unless they are refused', () => {
    const environment = { FEEDFLEET_LISTEN_PROT: '80', FEEDFLEET_FILE: 'x' };
    expect(load({ environment }).listenPort).toBe(5555);
    const fault = faultOf(() =>
      load({ environment, refuseUnknownEnvironment: true, knownEnvironment: ['FEEDFLEET_FILE'] }),
    );
    expect(fault.detail).toMatch(/^FEEDFLEET_LISTEN_PROT: expected one of .*FEEDFLEET_LISTEN_PORT/);
    expect(fault.detail).not.toContain('FEEDFLEET_FILE: ');
  });
});

describe('broken settings', () => {
  it('are told all at once, with what was expected, what was given and where', () => {
    const environment = { FEEDFLEET_LISTEN_PORT: '70000', FEEDFLEET_VERBOSE: 'perhaps', FEEDFLEET_URL: 'nowhere' };
    const fault = faultOf(() => load({ environment, overrides: { level: 'loud', hosts: ['a', 1] } }));
    expect(fault.code).toBe('FF_INVALID_SETTINGS');
    expect(fault.detail?.split('; ')).toEqual([
      'listenPort: expected an integer from 1 to 65535, got 70000 (from FEEDFLEET_LISTEN_PORT)',
      'verbose: expected true or false, got "perhaps" (from FEEDFLEET_VERBOSE)',
      'hosts.1: expected text, got 1 (from the command line)',
      'level: expected one of debug, info, got "loud" (from the command line)',
      'url: expected an http or https URL, got "nowhere" (from FEEDFLEET_URL)',
    ]);
  });

  it('are told with the place that whoever started the process took them from', () => {
    const origins = originsAsEnvironment('FEEDFLEET_', { listenPort: 'port in x.json' });
    const environment = { ...origins, FEEDFLEET_LISTEN_PORT: '0', FEEDFLEET_RATIO: '-1' };
    expect(faultOf(() => load({ environment })).detail).toBe(
      'listenPort: expected an integer from 1 to 65535, got 0 (from port in x.json); ' +
        'ratio: expected a number of at least 0, got -1 (from FEEDFLEET_RATIO)',
    );
  });

  it.each(['', 'port', '[1]', '{"listenPort": 1}'])('name their variable when the place is told as %j', (text) => {
    const environment = { FEEDFLEET_SETTING_ORIGINS: text, FEEDFLEET_LISTEN_PORT: '0' };
    expect(faultOf(() => load({ environment })).detail).toContain('(from FEEDFLEET_LISTEN_PORT)');
  });

  it('never show a secret', () => {
    const fault = faultOf(() => load({ environment: { FEEDFLEET_TOKEN: 'hunter2' } }));
    expect(fault.detail).toContain('token: expected text of at least 8 characters');
    expect(fault.message).not.toContain('hunter2');
  });

  it('say which variable to set when a setting is missing', () => {
    const needy = z.strictObject({ instance: z.string() });
    const fault = faultOf(() => loadSettings(needy, { environment: {}, prefix: 'FEEDFLEET_' }));
    expect(fault.detail).toBe('instance: expected text, got nothing (from no place; set FEEDFLEET_INSTANCE)');
  });
});

describe('the settings file', () => {
  let folder: string;
  const file = (text: string): string => {
    const path = join(folder, 'feedfleet.json');
    writeFileSync(path, text);
    return path;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'feedfleet-settings-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is read, and the environment wins over it', () => {
    const path = file('\ufeff{"listenPort": 90, "verbose": true}');
    const settings = load({ file: path, environment: { FEEDFLEET_LISTEN_PORT: '91' } });
    expect(settings).toMatchObject({ listenPort: 91, verbose: true });
  });

  it('does not take text for a number', () => {
    expect(faultOf(() => load({ file: file('{"listenPort": "90"}') })).detail).toContain('got "90" (from /');
  });

  it('is an error when it was named and is missing', () => {
    const fault = faultOf(() => load({ file: join(folder, 'nowhere.json') }));
    expect(fault.code).toBe('FF_INVALID_SETTINGS');
    expect(fault.detail).toMatch(/nowhere\.json was named, but it does not exist$/);
  });

  it('has no unknown keys', () => {
    const fault = faultOf(() => load({ file: file('{"prot": 1, "ratio": -1}') }));
    expect(fault.detail).toMatch(
      /^prot: expected one of listenPort, verbose.*; ratio: expected a number of at least 0/,
    );
  });

  it.each([
    ['{"a": x}', 1, 7],
    ['{\n  "a": 1,\n}', 3, 1],
    ['{"a": [1, 2}', 1, 12],
    ['{"a": "open', 1, 7],
    ['{"a": 1} more', 1, 10],
    ['{"a": 1', 1, 8],
    ['', 1, 1],
    ["{'a': 1}", 1, 2],
  ])('is refused with line and column when it holds %j', (text, line, column) => {
    const fault = faultOf(() => load({ file: file(text) }));
    expect(fault.detail).toContain(`breaks off at line ${line}, column ${column}`);
  });

  it.each(['[]', '3', 'null'])('is one object, not %s', (text) => {
    expect(faultOf(() => load({ file: file(text) })).detail).toContain('expected one JSON object');
  });
});

describe('the description of a schema', () => {
  it('has a row for each setting', () => {
    const rows = describeSettings(schema, { prefix: 'FEEDFLEET_' });
    expect(rows.map((row) => row.kind)).toEqual([
      ...['integer', 'boolean', 'list', 'list', 'choice', 'number', 'object', 'text', 'text'],
    ]);
    expect(rows[0]).toEqual({
      key: 'listenPort',
      environmentName: 'FEEDFLEET_LISTEN_PORT',
      kind: 'integer',
      default: '5555',
      required: false,
      range: '1 to 65535',
      description: 'Port to listen on.',
      secret: false,
    });
  });

  it('keeps the default of a secret to itself', () => {
    const row = describeSettings(schema, { prefix: '' }).find(({ key }) => key === 'token');
    expect(row).toMatchObject({ secret: true, default: undefined, required: false });
  });

  it.each([
    ['port', 'P_PORT'],
    ['maxHeaderBytes', 'P_MAX_HEADER_BYTES'],
    ['v2Url', 'P_V2_URL'],
  ])('names the variable of %s', (key, name) => {
    expect(environmentName('P_', key)).toBe(name);
  });
});
