/** Push, in the forms of all generations of clients, and what is said when it is refused. */
import { expect, it } from '@jest/globals';

import { buildPackage } from '../../src/support/package-builder.ts';
import { newTag } from '../support/fixture.ts';
import { formWithField, lengthForm, modernForm, oldForm, plainForm } from '../support/multipart-forms.ts';
import { rawExchange } from '../support/raw-exchange.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

const SUCCESS: readonly number[] = [200, 201, 202, 204];

interface Made {
  readonly id: string;
  readonly version: string;
  readonly content: Buffer;
}

function make(version = '1.0.0'): Made {
  const id = `${newTag()}.Pushed`;
  return { id, version, content: buildPackage({ id, version }) };
}

function describeForms({ server }: Subject): void {
  const expectStored = async ({ id, version, content }: Made): Promise<void> => {
    const { download } = await server.v2Entry({ id, version });
    const { body } = await server.send(download);
    expect(body.equals(content)).toBe(true);
  };

  it.each([
    ['NuGet 4 and newer: in chunks, without a length', modernForm],
    ['NuGet 3.4: with a length', lengthForm],
    ['NuGet 2.8 on Windows', (content: Buffer) => oldForm(content, '\r\n')],
    ['NuGet 2.8 on mono: a bare line feed ends the part', (content: Buffer) => oldForm(content, '\n')],
    ['a script: the file is the body', plainForm],
    ['an upload form: with a field before the file', formWithField],
  ])('takes the form of %s', async (_client, form) => {
    const made = make();
    const { status, reason } = await server.write('PUT', form(made.content));
    if (!SUCCESS.includes(status)) throw new Error(`${status} ${reason}`);
    await expectStored(made);
  });

  it('takes HTTP/1.0 as NuGet 2.8 sends it', async () => {
    const made = make();
    const { headers, body } = oldForm(made.content, '\n');
    const url = server.addresses.push;
    const answer = await rawExchange({
      url,
      target: `${new URL(url).pathname}/`,
      method: 'PUT',
      version: '1.0',
      headers: { ...server.credentials, ...headers, 'x-nuget-apikey': server.key },
      body,
    });
    expect(SUCCESS).toContain(answer.status);
    await expectStored(made);
  });

  it.each([
    ['PUT', '/'],
    ['PUT', ''],
    ['POST', '/'],
  ] as const)('takes %s to the push URL and %j', async (method, slash) => {
    const made = make();
    const { status } = await server.write(method, modernForm(made.content), server.addresses.push + slash);
    if (method === 'PUT') expect(SUCCESS).toContain(status);
    // Where a POST belongs to the readers it is told, and nothing is stored.
    else expect([...SUCCESS, 404, 405]).toContain(status);
    if (SUCCESS.includes(status)) await expectStored(made);
  });

  it('takes it at the root of v2 too, because clients push to the source that they were given', async () => {
    const made = make();
    expect(SUCCESS).toContain((await server.write('PUT', modernForm(made.content), `${server.addresses.v2}/`)).status);
    await expectStored(made);
  });

  it('2.8.7: takes the service index for a source and appends a slash to it', async () => {
    const made = make();
    expect(SUCCESS).toContain((await server.write('PUT', modernForm(made.content), `${server.addresses.v3}/`)).status);
    await expectStored(made);
  });

  it('never answers a GET of the push URL with 401, which would end an old client', async () => {
    for (const slash of ['', '/']) {
      const { status } = await rawExchange({
        url: server.addresses.push,
        target: new URL(server.addresses.push).pathname + slash,
        version: '1.0',
      });
      expect([200, 404, 405]).toContain(status);
    }
  });
}

function describeRefusals({ server }: Subject): void {
  it('says 409 for a version that is there, whatever the case and form of its name', async () => {
    const { id, content } = make();
    expect(SUCCESS).toContain((await server.push(content)).status);
    const again = [
      content,
      buildPackage({ id, version: '1.0' }),
      buildPackage({ id, version: '1.0.0.0' }),
      buildPackage({ id, version: '01.0.0' }),
      buildPackage({ id, version: '1.0.0+build' }),
      buildPackage({ id: id.toUpperCase(), version: '1.0.0', nuspecName: `${id}.nuspec` }),
    ];
    for (const each of again) {
      const { status, reason } = await server.push(each);
      expect(status).toBe(409);
      expect(reason).not.toBe('');
    }
  });

  it.each([
    ['no zip file', Buffer.from('this is no package')],
    ['nothing', Buffer.alloc(0)],
    ['half of a zip file', buildPackage({ id: 'Half' }).subarray(0, 200)],
    ['a nuspec that is no XML', buildPackage({ id: 'NoXml', nuspec: '<package><metadata>' })],
    ['no id', buildPackage({ nuspec: '<package><metadata><version>1.0.0</version></metadata></package>' })],
    ['an id that is none', buildPackage({ id: 'not an id', nuspecName: 'x.nuspec' })],
    ['a version that is none', buildPackage({ id: 'BadVersion', version: 'one' })],
  ])('says 400 and why for %s', async (_what, content) => {
    const { status, reason } = await server.push(content);
    expect(status).toBe(400);
    expect(reason.length).toBeGreaterThan(3);
  });
}

function describeRemoval({ server }: Subject): void {
  it('is taken as old clients send it: HTTP/1.0, with a type and without a body', async () => {
    const made = make();
    await server.push(made.content);
    const url = server.addresses.push;
    const answer = await rawExchange({
      url,
      target: `${new URL(url).pathname}/${made.id}/${made.version}`,
      method: 'DELETE',
      version: '1.0',
      headers: { ...server.credentials, 'x-nuget-apikey': server.key, 'content-type': 'text/html' },
    });
    expect([200, 204]).toContain(answer.status);
  });

  it('is answered with 200, because a quick 204 makes NuGet 2.8 fail', async () => {
    const made = make();
    await server.push(made.content);
    expect(await server.remove(made)).toMatchObject({ status: 200 });
  });

  it('may be repeated', async () => {
    const made = make();
    await server.push(made.content);
    await server.remove(made);
    expect((await server.remove(made)).status).toBeLessThan(300);
  });

  it('says 404 for what was never there', async () => {
    expect(await server.remove({ id: `${newTag()}.Nothing`, version: '1.0.0' })).toMatchObject({ status: 404 });
  });

  it('finds the version in any form and case', async () => {
    const made = make();
    await server.push(made.content);
    const { status } = await server.remove({ id: made.id.toUpperCase(), version: '1.0' });
    expect(status).toBeLessThan(300);
  });
}

/** Only where the address carries no credential of its own, which might do for a write. */
function describeKeys({ server }: Subject): void {
  it('says 403 for a wrong key, so that no client asks for a password', async () => {
    const made = make();
    const { status } = await server.write('PUT', {
      ...modernForm(made.content),
      headers: { ...modernForm(made.content).headers, 'x-nuget-apikey': 'not-a-key' },
    });
    expect(status).toBe(403);
    expect(await server.v2(`/Packages(Id='${made.id}',Version='1.0.0')`)).toMatchObject({ status: 404 });
  });

  it('says 401 or 403 without a key, and keeps nothing', async () => {
    const made = make();
    const { headers, body } = modernForm(made.content);
    const answer = await server.send(`${server.addresses.push}/`, { method: 'PUT', headers, body });
    expect([401, 403]).toContain(answer.status);
    expect(await server.v2(`/Packages(Id='${made.id}',Version='1.0.0')`)).toMatchObject({ status: 404 });
  });

  it('DELETE: says 403 for a wrong key', async () => {
    const made = make();
    await server.push(made.content);
    const url = `${server.addresses.push}/${made.id}/1.0.0`;
    expect(await server.write('DELETE', { headers: { 'x-nuget-apikey': 'not-a-key' } }, url)).toMatchObject({
      status: 403,
    });
    expect(await server.v2(`/Packages(Id='${made.id}',Version='1.0.0')`)).toMatchObject({ status: 200 });
  });
}

export function describePush(subject: Subject): void {
  const { server } = subject;
  describeClaims(subject, ['v2'], 'push', () => {
    describeForms(subject);
    describeRefusals(subject);
  });
  if (!server.carriesCredentials) describeClaims(subject, ['v2'], 'the key of a push', () => describeKeys(subject));
  describeClaims(subject, ['v2'], 'DELETE of a version', () => describeRemoval(subject));
  describeClaims(subject, ['v2', 'unlisting'], 'POST to a version', () => {
    it('lists it again', async () => {
      const made = make();
      await server.push(made.content);
      await server.remove(made);
      const published = async (): Promise<string> => (await server.v2Entry(made)).properties.get('Published') ?? '';
      expect(await published()).toMatch(/^1900/);
      expect(await server.relist(made)).toMatchObject({ status: 200 });
      expect(await published()).not.toMatch(/^1900/);
    });

    it('says 404 for what is not there', async () => {
      expect(await server.relist({ id: `${newTag()}.Nothing`, version: '1.0.0' })).toMatchObject({ status: 404 });
    });
  });
}
