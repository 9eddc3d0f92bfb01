/**
 * What a feed of a given size looks like: ids of two to three words, few of them with many versions, tags that some share, and
 * one id with 5,000 versions where the feed has room for it. The same for every run: nothing is random.
 */
import type { PackageMetadata } from '@feedfleet/nupkg';

/** Ids with so many versions are the ones that are asked for: their documents have the same size in every feed. */
export const ORDINARY_VERSIONS = 12;
const LARGE_VERSIONS = 5000;
/** By the last digit of an id's number; on average about 12. */
const VERSIONS_BY_DIGIT = [
  3,
  ORDINARY_VERSIONS,
  3,
  ORDINARY_VERSIONS,
  25,
  ORDINARY_VERSIONS,
  2,
  ORDINARY_VERSIONS,
  30,
  6,
];

const COMPANIES = 'Acme Borealis Contoso Delphi Ember Fabrikam Globex Harbor Initech Juniper Kestrel Lumen Meridian';
const AREAS =
  'Api Audio Auth Cache Cloud Core Data Diagnostics Drawing Email Events Files Geo Graph Http Identity Json';
const MORE_AREAS =
  'Logging Mapping Messaging Metrics Mobile Net Parsing Queue Reports Search Security Storage Text Web Xml';
const NOUNS =
  'Abstractions Adapter Analyzer Bridge Builder Client Codec Commands Connector Context Converter Driver Engine';
const MORE_NOUNS =
  'Extensions Factory Filter Formatter Gateway Handler Host Index Library Loader Model Pipeline Provider';

const companies = COMPANIES.split(' ');
const areas = `${AREAS} ${MORE_AREAS}`.split(' ');
const nouns = `${NOUNS} ${MORE_NOUNS}`.split(' ');

export interface ShapedId {
  readonly id: string;
  readonly versions: number;
}

/** Whether a feed of that size has the id with very many versions. */
export function hasLargeId(size: number): boolean {
  return size >= 10 * LARGE_VERSIONS;
}

/** The ids of a feed of about `size` versions, in no particular order of names. */
export function* shapedIds(size: number): Generator<ShapedId> {
  let left = size;
  if (hasLargeId(size)) {
    yield { id: 'Acme.Core.Nightly', versions: LARGE_VERSIONS };
    left -= LARGE_VERSIONS;
  }
  for (let number = 0; left > 0; number += 1) {
    const versions = Math.min(left, VERSIONS_BY_DIGIT[number % 10] ?? 1);
    yield { id: idOf(number), versions };
    left -= versions;
  }
}

/** Each number another id: the words turn at different speeds, and the last part tells the rounds apart. */
function idOf(number: number): string {
  const company = companies[number % companies.length] ?? '';
  const area = areas[(number * 7) % areas.length] ?? '';
  const noun = nouns[(number * 11) % nouns.length] ?? '';
  return `${company}.${area}.${noun}${codeName(Math.floor(number / 10))}`;
}

const SYLLABLES = ['ba', 'co', 'de', 'fi', 'gu', 'ka', 'lo', 'me', 'ni', 'po', 'ru', 'sa', 'te', 'vi', 'wo', 'zu'];

/** A word that ten ids share, as `Kalodeba`: what a rare search is for. */
export function codeName(number: number): string {
  const digits = number.toString(16).padStart(4, '0');
  const word = Array.from(digits, (digit) => SYLLABLES[Number.parseInt(digit, 16)] ?? '').join('');
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Ascending: mostly stable, each fifth a pre-release, each fiftieth one that needs SemVer 2. */
export function versionOf(index: number): string {
  const core = `${1 + Math.floor(index / 500)}.${Math.floor(index / 10) % 50}.${index % 10}`;
  if (index % 50 === 49) return `${core}-rc.${index}`;
  return index % 5 === 4 ? `${core}-beta${index}` : core;
}

export function metadataOf(id: string, index: number): PackageMetadata {
  const version = versionOf(index);
  const [company = '', area = '', noun = ''] = id.split('.');
  return {
    id,
    version,
    normalizedVersion: version,
    isPrerelease: version.includes('-'),
    isSemVer2: version.includes('-rc.'),
    title: id.replaceAll('.', ' '),
    authors: `${company}, Ltd.`,
    owners: company.toLowerCase(),
    description:
      `The ${noun.toLowerCase()} for ${area.toLowerCase()} that ${company} uses in its own products: fast, small and tested, ` +
      `with a description as long as those that one meets in the field, which is two or three lines of a screen.`,
    summary: '',
    releaseNotes: 'Mended what was reported, and made the fast path faster.',
    copyright: company,
    language: '',
    tags: [area.toLowerCase(), company.toLowerCase(), 'library'],
    projectUrl: 'https://code.example/library',
    iconUrl: '',
    licenseUrl: 'https://licenses.example/MIT',
    licenseExpression: 'MIT',
    licenseFile: null,
    iconFile: null,
    readmeFile: null,
    repositoryUrl: 'https://code.example/library',
    repositoryType: 'git',
    repositoryCommit: '',
    requireLicenseAcceptance: false,
    developmentDependency: false,
    minClientVersion: '',
    packageTypes: [],
    dependencyGroups: [
      { targetFramework: 'netstandard2.0', dependencies: [{ id: 'Acme.Core.Nightly', range: '[1.0.0, )' }] },
      { targetFramework: 'net8.0', dependencies: [{ id: 'Acme.Core.Nightly', range: '[1.0.0, )' }] },
    ],
  };
}
