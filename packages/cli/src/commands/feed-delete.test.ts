import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { CliFixture, elsewhere } from '../cli-fixture.ts';

let cli: CliFixture;

beforeEach(async () => {
  cli = await CliFixture.open();
});

afterEach(async () => {
  await cli.remove();
});

describe('feedfleet feed delete', () => {
  it('says before and after a deletion that the packages stay, out of reach', async () => {
    const asked: string[] = [];
    const confirm = (question: string): Promise<boolean> => Promise.resolve(asked.push(question) > 0);
    const { code, out } = await cli.run(['feed', 'delete', 'acme', ...elsewhere], { confirm });
    const help = await cli.run(['feed', 'delete', '--help']);
    expect(code).toBe(0);
    for (const said of [asked.join(), out, help.out.replaceAll(/\s+/g, ' ')]) {
      expect(said).toContain('packages stay in the store and take up disk space, but no feed reaches them any more');
    }
  });
});
