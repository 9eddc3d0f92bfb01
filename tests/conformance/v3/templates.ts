/** URL templates of v3, which clients fill in and open. */
import { expect, it } from '@jest/globals';

import { APP, newTag } from '../support/fixture.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

const filled = (template: string, values: Readonly<Record<string, string>>): string =>
  template.replaceAll(/\{([^}]+)\}/g, (_, name: string) => values[name] ?? '?');

export function describeTemplates(subject: Subject): void {
  const { server, index, fixture } = subject;

  const readme = 'ReadmeUriTemplate/6.13.0';
  describeClaims(subject, ['v3', readme], `v3: ${readme}`, () => {
    const urlOf = (id: string, version: string): string =>
      filled(index.url(readme), { lower_id: id.toLowerCase(), lower_version: version });

    it('leads to the readme in the package', async () => {
      const id = `${newTag()}.Explained`;
      await server.publish({
        id,
        metadataXml: '<readme>docs/readme.md</readme>',
        files: { 'docs/readme.md': '# Read me' },
      });
      const { status, text } = await server.send(urlOf(id, '1.0.0'));
      expect({ status, text }).toEqual({ status: 200, text: '# Read me' });
    });

    it('leads to 404 for a package without one', async () => {
      expect(await server.send(urlOf(fixture.app, APP.version))).toMatchObject({ status: 404 });
    });
  });

  const details = 'PackageDetailsUriTemplate/5.1.0';
  if (!server.addresses.v3.startsWith('https:')) return;
  // Clients drop a link to a page that is not https.
  describeClaims(subject, ['v3', details], `v3: ${details}`, () => {
    it('takes an id and a version, and is https as clients demand', () => {
      const template = index.find(details) ?? '';
      expect(template).toMatch(/^https:/);
      expect(template).toContain('{id}');
      expect(template).toContain('{version}');
    });
  });
}
