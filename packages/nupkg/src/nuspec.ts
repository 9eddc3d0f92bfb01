/**
 * The nuspec: what an author says about a package.
 *
 * Source: NuGet documentation, ".nuspec File Reference".
 */
import { isPrerelease, isSemVer2, normalizeVersion, parseVersion } from '@feedfleet/versioning';
import type { NuGetVersion } from '@feedfleet/versioning';
import { readDependencies } from './dependencies.ts';
import { decodeNuspec } from './nuspec-text.ts';
import { isPackageId } from './package-id.ts';
import type { PackageMetadata, PackageType } from './package-metadata.ts';
import { quoted, refusal } from './refusal.ts';
import { readAssemblyFrameworks } from './supported-frameworks.ts';
import { isSymbolsType } from './symbols-package.ts';
import { parseXml } from './xml-element.ts';
import type { XmlElement } from './xml-element.ts';

const MAX_VERSION_CHARACTERS = 128;
const MAX_LICENSE_CHARACTERS = 500;

/** @throws ProblemError `FF_INVALID_PACKAGE` */
export function parseNuspec(bytes: Buffer): PackageMetadata {
  const root = parseXml(decodeNuspec(bytes));
  const metadata = root.name === 'package' ? root.child('metadata') : undefined;
  if (metadata === undefined) throw refusal('The nuspec has no element package/metadata');
  const { groups, needSemVer2 } = readDependencies(metadata);
  const version = readVersion(metadata);
  const text = (name: string): string => metadata.child(name)?.text ?? '';
  const packageTypes = readPackageTypes(metadata);
  const assemblyFrameworks = readAssemblyFrameworks(metadata);
  // The nuspec of a .snupkg has no authors.
  const usual = (name: string): string => (isSymbolsType(packageTypes) ? text(name) : required(metadata, name));
  return {
    id: readId(metadata),
    version: version.original,
    normalizedVersion: normalizeVersion(version),
    isPrerelease: isPrerelease(version),
    isSemVer2: isSemVer2(version) || needSemVer2,
    title: text('title'),
    authors: usual('authors'),
    owners: text('owners'),
    description: usual('description'),
    summary: text('summary'),
    releaseNotes: text('releaseNotes'),
    copyright: text('copyright'),
    language: text('language'),
    tags: text('tags')
      .split(/[\s,;]+/)
      .filter((tag) => tag !== ''),
    projectUrl: webAddress(text('projectUrl')),
    iconUrl: webAddress(text('iconUrl')),
    ...readLicense(metadata),
    iconFile: packagePath(text('icon')),
    readmeFile: packagePath(text('readme')),
    ...readRepository(metadata),
    requireLicenseAcceptance: isTrue(text('requireLicenseAcceptance')),
    developmentDependency: isTrue(text('developmentDependency')),
    minClientVersion: metadata.attribute('minClientVersion'),
    packageTypes,
    dependencyGroups: groups,
    ...(assemblyFrameworks.length === 0 ? {} : { supportedFrameworks: assemblyFrameworks }),
  };
}

function required(metadata: XmlElement, name: string): string {
  const text = metadata.child(name)?.text ?? '';
  if (text === '') throw refusal(`The nuspec has no ${name}`);
  return text;
}

function readId(metadata: XmlElement): string {
  const id = required(metadata, 'id');
  if (!isPackageId(id)) throw refusal(`The package id ${quoted(id)} is not valid`);
  return id;
}

function readVersion(metadata: XmlElement): NuGetVersion {
  const written = required(metadata, 'version');
  const version = written.length <= MAX_VERSION_CHARACTERS ? parseVersion(written) : undefined;
  if (version === undefined) throw refusal(`The package version ${quoted(written)} is not valid`);
  return version;
}

function readLicense(metadata: XmlElement): Pick<PackageMetadata, 'licenseUrl' | 'licenseExpression' | 'licenseFile'> {
  const license = metadata.child('license');
  const licenseUrl = webAddress(metadata.child('licenseUrl')?.text ?? '');
  if (license === undefined) return { licenseUrl, licenseExpression: '', licenseFile: null };
  switch (license.attribute('type')) {
    case 'expression':
      return { licenseUrl, licenseExpression: licenseExpression(license.text), licenseFile: null };
    case 'file':
      return { licenseUrl, licenseExpression: '', licenseFile: packagePath(license.text) };
    default:
      throw refusal(`The license type ${quoted(license.attribute('type'))} is neither expression nor file`);
  }
}

/** The characters of SPDX expressions; whether the identifiers exist is not looked at. */
function licenseExpression(text: string): string {
  if (text.length > MAX_LICENSE_CHARACTERS || !/^[A-Za-z0-9.+() -]+$/.test(text)) {
    throw refusal(`The license expression ${quoted(text)} is not valid`);
  }
  return text;
}

function readRepository(
  metadata: XmlElement,
): Pick<PackageMetadata, 'repositoryUrl' | 'repositoryType' | 'repositoryCommit'> {
  const repository = metadata.child('repository');
  return {
    repositoryUrl: webAddress(repository?.attribute('url') ?? ''),
    repositoryType: repository?.attribute('type') ?? '',
    repositoryCommit: repository?.attribute('commit') ?? '',
  };
}

function readPackageTypes(metadata: XmlElement): readonly PackageType[] {
  const types = metadata.child('packageTypes')?.children('packageType') ?? [];
  return types.map((element) => {
    const name = element.attribute('name');
    if (!isPackageId(name)) throw refusal(`The package type ${quoted(name)} is not valid`);
    const version = element.attribute('version');
    return { name, version: version === '' ? null : version };
  });
}

/** Only addresses that a page may link to; anything else (`javascript:`, a bare word) is left out, not refused. */
function webAddress(text: string): string {
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? text : '';
}

/** A path inside the package; null when there is none, or when it would lead out. */
function packagePath(text: string): string | null {
  const path = text.replaceAll('\\', '/').replace(/^(?:\.?\/)+/, '');
  return path === '' || path.split('/').includes('..') ? null : path;
}

function isTrue(text: string): boolean {
  return text.toLowerCase() === 'true' || text === '1';
}
