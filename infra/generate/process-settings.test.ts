import { describe, expect, it } from '@jest/globals';
import { GIVEN_SETTINGS, PROCESS_SETTINGS } from '../../packages/supervisor/src/process-settings.ts';
import { processes } from './settings.ts';

describe('what the supervisor knows of the settings of a process', () => {
  it.each(processes.map(({ name, schema }) => [name, schema] as const))('is what %s has', (name, schema) => {
    const known = Object.entries(PROCESS_SETTINGS).find(([each]) => each === name)?.[1] ?? [];
    const own = Object.keys(schema.shape).filter((key) => !GIVEN_SETTINGS.includes(key));
    expect([...known].sort()).toEqual(own.sort());
  });
});
