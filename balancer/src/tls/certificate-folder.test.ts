import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createMetrics } from '@feedfleet/host';
import type { Metrics } from '@feedfleet/host';
import { makeCertificate } from '@feedfleet/test-certificates';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { recordingLog } from '../recording-log.ts';
import type { LogLine } from '../recording-log.ts';
import { CertificateFolder } from './certificate-folder.ts';

const DAY_MS = 86_400_000;

let now: number;
let folder: string;
let lines: LogLine[];
let metrics: Metrics;
let opened: CertificateFolder | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-certificates-'));
  // Certificates count in seconds.
  now = Math.floor(Date.now() / 1_000) * 1_000;
  lines = [];
  metrics = createMetrics({ service: 'balancer', instance: 'balancer-1' });
  opened = undefined;
});

afterEach(async () => {
  opened?.close();
  await rm(folder, { recursive: true });
});

interface Laid {
  readonly names: readonly string[];
  /** From now. */
  readonly days?: number;
  /** Until it holds, from now. */
  readonly beginsInDays?: number;
}

async function lay(name: string, { names, days = 90, beginsInDays = -100 }: Laid): Promise<string> {
  const dates = { notBefore: new Date(now + beginsInDays * DAY_MS), notAfter: new Date(now + days * DAY_MS) };
  const { certificate, key } = makeCertificate({ ...dates, commonName: name, names });
  await replace(`${name}.key`, key);
  await replace(`${name}.crt`, certificate);
  return certificate;
}

/** As tools that renew do it: the file is whole at every moment. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(path.join(folder, `${file}.new`), text);
  await rename(path.join(folder, `${file}.new`), path.join(folder, file));
}

async function open(): Promise<CertificateFolder> {
  const log = recordingLog(lines);
  opened = await CertificateFolder.open({ folder, log, metrics, now: () => now, intervalMs: 3_600_000 });
  return opened;
}

const messages = (): readonly string[] => lines.map(({ message }) => message);

describe('the folder of certificates', () => {
  it('has the fallback in the pair called default, else in the first', async () => {
    await lay('b', { names: ['b.test'] });
    const first = await lay('a', { names: ['a.test'] });
    const certificates = await open();
    expect(certificates.fallback.cert).toBe(first);
    const usual = await lay('default', { names: ['c.test'] });
    await certificates.look();
    expect(certificates.fallback.cert).toBe(usual);
  });

  it('finds by exact name, then by wildcard of one label, without case', async () => {
    await lay('exact', { names: ['a.test'] });
    await lay('wild', { names: ['*.test'] });
    const certificates = await open();
    const [exact, wild] = [certificates.contextFor('A.test'), certificates.contextFor('b.TEST.')];
    expect(exact).toBeDefined();
    expect(wild).toBeDefined();
    expect(exact).not.toBe(wild);
    expect(certificates.contextFor('deep.b.test')).toBeUndefined();
    expect(certificates.contextFor('test')).toBeUndefined();
  });

  it('prefers what holds now, then what holds longest', async () => {
    await lay('expired', { names: ['a.test'], days: -1 });
    await lay('short', { names: ['a.test'], days: 30 });
    await lay('long', { names: ['a.test'], days: 60 });
    const certificates = await open();
    const held = certificates.contextFor('a.test');
    await rm(path.join(folder, 'long.crt'));
    await certificates.look();
    expect(certificates.contextFor('a.test')).not.toBe(held);
    await rm(path.join(folder, 'short.crt'));
    await certificates.look();
    expect(certificates.contextFor('a.test')).toBeDefined();
    expect(messages()).toContain('certificate has expired');
  });

  it('goes over to another pair when one begins or ceases to hold, though no file changes', async () => {
    await lay('old', { names: ['a.test'], days: 2 });
    await lay('next', { names: ['a.test'], days: 90, beginsInDays: 1 });
    const certificates = await open();
    let changes = 0;
    certificates.subscribe(() => (changes += 1));
    const held = certificates.contextFor('a.test');
    await certificates.look();
    expect([certificates.contextFor('a.test'), changes]).toEqual([held, 0]);
    now += 3 * DAY_MS;
    await certificates.look();
    expect(certificates.contextFor('a.test')).not.toBe(held);
    await certificates.look();
    expect(changes).toBe(1);
  });

  it('warns again and again while the end comes nearer', async () => {
    await lay('site', { names: ['a.test'], days: 30 });
    const certificates = await open();
    const warned: unknown[] = [];
    for (let day = 1; day <= 32; day++) {
      now += DAY_MS;
      await certificates.look();
      warned.push(...lines.splice(0).flatMap(({ level, fields }) => (level === 'warn' ? [fields.days] : [])));
    }
    expect(warned).toEqual([21, 14, 7, 3, 1, 0]);
  });

  it('tells in metrics of no pair that was dropped', async () => {
    await lay('a', { names: ['a.test'] });
    await lay('b', { names: ['b.test'] });
    const certificates = await open();
    await rm(path.join(folder, 'b.crt'));
    await certificates.look();
    const series = (await metrics.render()).body
      .split('\n')
      .filter((line) => line.includes('expiry_timestamp_seconds{'));
    expect(series).toEqual([expect.stringContaining('name="a"')]);
  });

  it('takes up a renewed pair and says so once', async () => {
    await lay('site', { names: ['a.test'], days: 3 });
    const certificates = await open();
    let changes = 0;
    certificates.subscribe(() => (changes += 1));
    const renewed = await lay('site', { names: ['a.test'] });
    await certificates.look();
    await certificates.look();
    expect(certificates.fallback.cert).toBe(renewed);
    expect(changes).toBe(1);
    expect(messages()).toEqual(['certificate taken up', 'certificate ends soon', 'certificate taken up']);
    expect((await metrics.render()).body).toContain(`certificate_expiry_timestamp_seconds{name="site",`);
  });

  it.each([
    ['a key of another certificate', 'key', 'site.key: expected the key of site.crt, got another'],
    ['no certificate', 'crt', 'site.crt: expected a certificate in PEM'],
  ])('keeps the pair before one with %s', async (_, end, reason) => {
    const good = await lay('site', { names: ['a.test'] });
    const certificates = await open();
    await replace(
      `site.${end}`,
      end === 'key' ? makeCertificate({ commonName: 'x', notBefore: new Date(), notAfter: new Date() }).key : 'x',
    );
    await certificates.look();
    expect(certificates.fallback.cert).toBe(good);
    expect(lines.at(-1)?.message).toBe('certificate refused; the one before it stays');
    expect(String(lines.at(-1)?.fields.error)).toContain(reason);
  });

  it('keeps the last pair when the folder is empty', async () => {
    const good = await lay('site', { names: ['a.test'] });
    const certificates = await open();
    await rm(path.join(folder, 'site.crt'));
    await certificates.look();
    expect(certificates.fallback.cert).toBe(good);
  });

  it('is refused at the start when nothing in it can be used', async () => {
    await writeFile(path.join(folder, 'site.crt'), 'x');
    await expect(open()).rejects.toThrow(`got none that can be used in ${folder}`);
    expect(String(lines.at(-1)?.fields.error)).toContain('site.key');
  });
});
