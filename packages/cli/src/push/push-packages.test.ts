import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { findPackages } from './find-packages.ts';
import { pushPackages, type PushOptions, type PushResult } from './push-packages.ts';
import { ResumeState } from './resume-state.ts';
import { defaultRetryPolicy } from './retry-policy.ts';
import { uploadPackage } from './upload.ts';

interface Received {
  readonly key: string | undefined;
  readonly contentType: string | undefined;
  readonly length: string | undefined;
  readonly content: string;
}

type Answer = (received: Received, response: ServerResponse) => void;

const target = 'https://nuget.example.org/F/acme';
let folder: string;
let server: Server;
let url: string;
let received: Received[];
let pauses: number[];
let answer: Answer;

const created: Answer = (_, response) => void response.writeHead(201).end();
const problem =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
      .end(JSON.stringify({ code: `FF_${status}`, title: 'A title', detail: 'the reason', solve: 'Do this.', status }));

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const { 'x-nuget-apikey': key, 'content-type': contentType, 'content-length': length } = request.headers;
  const content = /\r\n\r\n([\s\S]*)\r\n--[^\r\n]+--\r\n$/.exec(body)?.[1] ?? '';
  const one = { key: key as string | undefined, contentType, length, content };
  received.push(one);
  expect(Buffer.byteLength(body)).toBe(Number(length));
  answer(one, response);
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-push-'));
  received = [];
  pauses = [];
  answer = created;
  server = createServer((request, response) => void receive(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/F/acme/api/v2/package`;
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const pack = async (...names: readonly string[]): Promise<void> => {
  for (const name of names) await writeFile(path.join(folder, name), `content of ${name}`);
};

async function push(changes: Partial<PushOptions> = {}): Promise<readonly PushResult[]> {
  const signal = changes.signal ?? new AbortController().signal;
  return await pushPackages({
    files: await findPackages(['.'], folder),
    concurrency: 1,
    skipDuplicate: false,
    state: undefined,
    retry: defaultRetryPolicy,
    clock: {
      now: () => 0,
      sleep: (ms) => {
        pauses.push(ms);
        return Promise.resolve();
      },
    },
    random: () => 0,
    signal,
    progress: { bytes: () => undefined, finished: () => undefined },
    upload: (file, onBytes) =>
      uploadPackage({ target: { url, apiKey: 'ff_test' }, file, signal, now: () => 0, onBytes }),
    ...changes,
  });
}

const outcomes = (results: readonly PushResult[]): readonly string[] => results.map(({ outcome }) => outcome);

describe('pushing many packages', () => {
  it('sends each as multipart with its length and the key', async () => {
    await pack('a.1.0.0.nupkg', 'b.1.0.0.nupkg', 'a.1.0.0.symbols.nupkg');
    expect(outcomes(await push({ concurrency: 2 }))).toEqual(['pushed', 'pushed']);
    expect(received.map(({ content }) => content).sort()).toEqual([
      'content of a.1.0.0.nupkg',
      'content of b.1.0.0.nupkg',
    ]);
    expect(received[0]).toMatchObject({ key: 'ff_test', contentType: expect.stringMatching(/^multipart\/form-data/) });
  });

  it('fails on a version that exists, with the reason of the server', async () => {
    await pack('a.1.0.0.nupkg');
    answer = problem(409);
    const [result] = await push();
    expect(result).toMatchObject({
      outcome: 'failed',
      attempts: 1,
      failure: { code: 'FF_409', status: 409, detail: 'the reason' },
    });
  });

  it('takes a version that exists for done with skipDuplicate', async () => {
    await pack('a.1.0.0.nupkg');
    answer = problem(409);
    expect(outcomes(await push({ skipDuplicate: true }))).toEqual(['exists']);
  });

  it('waits as long as Retry-After says after 503 and 429, then goes on', async () => {
    await pack('a.1.0.0.nupkg');
    const answers = [problem(503, { 'retry-after': '7' }), problem(429, { 'retry-after': '3' }), created];
    answer = (...args) => answers.shift()?.(...args);
    expect(await push()).toMatchObject([{ outcome: 'pushed', attempts: 3 }]);
    expect(pauses).toEqual([7000, 3000]);
  });

  it('gives up after five attempts', async () => {
    await pack('a.1.0.0.nupkg');
    answer = problem(503);
    expect(await push()).toMatchObject([{ outcome: 'failed', attempts: 5, failure: { status: 503 } }]);
    expect(received).toHaveLength(5);
  });

  it('gives up at once when the server asks for more patience than it may', async () => {
    await pack('a.1.0.0.nupkg');
    answer = problem(503, { 'retry-after': '3600' });
    expect(await push()).toMatchObject([{ outcome: 'failed', attempts: 1 }]);
  });

  it('takes a duplicate for its own after an attempt that had no answer', async () => {
    await pack('a.1.0.0.nupkg');
    const answers: Answer[] = [(_, response) => void response.destroy(), problem(409)];
    answer = (...args) => answers.shift()?.(...args);
    expect(await push()).toMatchObject([{ outcome: 'exists', attempts: 2 }]);
  });

  it('stops after three packages in a row that the key does not allow', async () => {
    await pack('a.1.0.0.nupkg', 'b.1.0.0.nupkg', 'c.1.0.0.nupkg', 'd.1.0.0.nupkg');
    answer = problem(403);
    expect(outcomes(await push())).toEqual(['failed', 'failed', 'failed', 'notTried']);
  });

  it('goes on after packages that are invalid', async () => {
    await pack('a.1.0.0.nupkg', 'b.1.0.0.nupkg', 'c.1.0.0.nupkg', 'd.1.0.0.nupkg');
    answer = problem(400);
    expect(outcomes(await push())).toEqual(['failed', 'failed', 'failed', 'failed']);
  });

  it('says which server cannot be reached, without the path', async () => {
    await pack('a.1.0.0.nupkg');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const [result] = await push();
    expect(result).toMatchObject({ outcome: 'failed', attempts: 5, failure: { code: 'FF_UNREACHABLE' } });
    expect(result?.failure?.detail).toMatch(/^http:\/\/127\.0\.0\.1:\d+: ECONNREFUSED$/);
  });
});

describe('a push that was interrupted', () => {
  const open = (): Promise<ResumeState> => ResumeState.open(path.join(folder, 'push.state'), target);

  it('sends only what was not acknowledged', async () => {
    await pack('a.1.0.0.nupkg', 'b.1.0.0.nupkg', 'c.1.0.0.nupkg');
    const stop = new AbortController();
    const first = await open();
    answer = (one, response) => {
      if (one.content.includes('b.1')) {
        stop.abort();
        response.destroy();
      } else created(one, response);
    };
    expect(outcomes(await push({ state: first, signal: stop.signal }))).toEqual(['pushed', 'notTried', 'notTried']);
    await first.close('incomplete');

    answer = created;
    received = [];
    const second = await open();
    expect(outcomes(await push({ state: second }))).toEqual(['resumed', 'pushed', 'pushed']);
    expect(received.map(({ content }) => content)).toEqual(['content of b.1.0.0.nupkg', 'content of c.1.0.0.nupkg']);
    await second.close('complete');
    await expect(readFile(path.join(folder, 'push.state'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes a duplicate for its own where the answer was lost', async () => {
    await pack('a.1.0.0.nupkg');
    const stop = new AbortController();
    const first = await open();
    answer = (_, response) => {
      stop.abort();
      response.destroy();
    };
    await push({ state: first, signal: stop.signal });
    await first.close('incomplete');
    answer = problem(409);
    const second = await open();
    expect(outcomes(await push({ state: second }))).toEqual(['exists']);
    await second.close('complete');
  });

  it('fails again on a version that exists, when the earlier run was refused for it', async () => {
    await pack('a.1.0.0.nupkg');
    answer = problem(409);
    for (let run = 1; run <= 3; run += 1) {
      const state = await open();
      expect(await push({ state })).toMatchObject([{ outcome: 'failed', failure: { status: 409 } }]);
      await state.close('incomplete');
    }
  });

  it('still takes a duplicate for its own when a refusal came between', async () => {
    await pack('a.1.0.0.nupkg');
    const answers: Answer[] = [(_, response) => void response.destroy(), problem(403), problem(409)];
    answer = (...args) => answers.shift()?.(...args);
    const first = await open();
    expect(outcomes(await push({ state: first }))).toEqual(['failed']);
    await first.close('incomplete');
    const second = await open();
    expect(outcomes(await push({ state: second }))).toEqual(['exists']);
    await second.close('complete');
  });

  it('sends a package again whose content changed, and not one that was only touched', async () => {
    await pack('a.1.0.0.nupkg', 'b.1.0.0.nupkg');
    const first = await open();
    await push({ state: first });
    await first.close('incomplete');
    await writeFile(path.join(folder, 'a.1.0.0.nupkg'), 'CONTENT OF a.1.0.0.nupkg');
    for (const name of ['a.1.0.0.nupkg', 'b.1.0.0.nupkg']) await utimes(path.join(folder, name), 1, 1);
    const second = await open();
    expect(outcomes(await push({ state: second }))).toEqual(['pushed', 'resumed']);
    await second.close('complete');
  });

  it('survives a last line that was cut off', async () => {
    await pack('a.1.0.0.nupkg');
    const first = await open();
    await push({ state: first });
    await first.close('incomplete');
    const file = path.join(folder, 'push.state');
    await writeFile(file, `${await readFile(file, 'utf8')}{"fact":"ackn`);
    const second = await open();
    expect(outcomes(await push({ state: second }))).toEqual(['resumed']);
    await second.close('complete');
  });

  it('refuses the state of a push to another feed', async () => {
    const state = await open();
    await state.close('incomplete');
    await expect(
      ResumeState.open(path.join(folder, 'push.state'), 'https://nuget.example.org/F/other'),
    ).rejects.toMatchObject({ code: 'FF_USAGE' });
  });
});
