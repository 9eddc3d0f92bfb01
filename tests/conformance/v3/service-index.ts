/** The v3 service index: what clients of any age look for, and that it is there. */
import { expect, it } from '@jest/globals';

import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

/** Each was taken by some generation of clients, and by no other name. */
const ALIASES: readonly string[] = [
  'PackageBaseAddress/3.0.0',
  'PackagePublish/2.0.0',
  'LegacyGallery/2.0.0',
  'RegistrationsBaseUrl',
  'RegistrationsBaseUrl/3.0.0-beta',
  'RegistrationsBaseUrl/3.0.0-rc',
  'RegistrationsBaseUrl/3.4.0',
  'RegistrationsBaseUrl/3.6.0',
  'RegistrationsBaseUrl/Versioned',
  'SearchQueryService',
  'SearchQueryService/3.0.0-beta',
  'SearchQueryService/3.0.0-rc',
  'SearchQueryService/3.5.0',
  'SearchAutocompleteService',
  'SearchAutocompleteService/3.0.0-beta',
  'SearchAutocompleteService/3.0.0-rc',
  'SearchAutocompleteService/3.5.0',
];

export function describeServiceIndex(subject: Subject): void {
  const { server, index, fixture } = subject;
  describeClaims(subject, ['v3'], 'v3: index.json', () => {
    it('has a version that starts with 3 and names each resource by @id and @type', () => {
      expect(index.version).toMatch(/^3\.\d/);
      expect(index.resources.filter((resource) => !/^https?:\/\//.test(resource['@id']))).toEqual([]);
      expect(index.resources.filter((resource) => typeof resource['@type'] !== 'string')).toEqual([]);
    });

    it.each(ALIASES)('has %s, by which some generation of clients looks', (type) => {
      expect(index.resources.map((resource) => resource['@type'])).toContain(type);
    });

    it('keeps every resource of the feed below its own folder or that of the feed, so that credentials apply', () => {
      const { origin } = new URL(server.addresses.v3);
      const elsewhere = index.resources.filter((resource) => new URL(resource['@id']).origin !== origin);
      expect(elsewhere).toEqual([]);
    });

    it('claims signatures of a repository over https only', () => {
      const claims = index.resources.filter((resource) => resource['@type'].startsWith('RepositorySignatures/'));
      expect(claims.filter((resource) => !resource['@id'].startsWith('https://'))).toEqual([]);
    });

    it('is read by HEAD too, like all that it names', async () => {
      const id = fixture.app.toLowerCase();
      const urls = [
        server.addresses.v3,
        `${index.url('PackageBaseAddress/3.0.0')}/${id}/index.json`,
        `${index.url('RegistrationsBaseUrl/Versioned')}/${id}/index.json`,
        `${index.url('SearchQueryService')}?q=${id}`,
        `${index.url('SearchAutocompleteService')}?q=${id}`,
      ];
      for (const url of urls) {
        const { status, body } = await server.send(url, { method: 'HEAD' });
        expect({ url, status, bytes: body.length }).toEqual({ url, status: 200, bytes: 0 });
      }
    });

    it('names with LegacyGallery a v2 feed of the same packages, which list asks', async () => {
      const answer = await server.send(`${index.url('LegacyGallery/2.0.0')}/FindPackagesById()?id='${fixture.app}'`);
      expect(answer.text).toContain(`<d:Id>${fixture.app}</d:Id>`);
    });
  });
}
