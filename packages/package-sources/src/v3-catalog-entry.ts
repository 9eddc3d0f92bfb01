/**
 * What a registration says of a version.
 *
 * Source: NuGet server API, "Package metadata", sections "Catalog entry", "Package dependency group", "Package deprecation" and
 * "Vulnerabilities".
 */
import { isPackageId } from '@feedfleet/nupkg';
import type { DependencyGroup, PackageDependency, PackageMetadata, PackageType } from '@feedfleet/nupkg';
import { DEPRECATION_REASONS } from '@feedfleet/store';
import type { Deprecation, Severity, Vulnerability } from '@feedfleet/store';
import { parseVersion, shortFrameworkName } from '@feedfleet/versioning';

import {
  countOf,
  instantOf,
  isObject,
  isTrue,
  isUnlistedDate,
  joinedText,
  listOf,
  tagsOf,
  textOf,
  webAddressOf,
} from './told-values.ts';
import type { JsonObject } from './told-values.ts';
import { exactRange, rangeOf } from './told-version.ts';
import type { ToldVersion } from './told-version.ts';

const MAX_DEPENDENCIES = 10_000;
const MAX_ADVISORIES = 100;

/** A version with its id and version as they are written. */
export type WrittenVersion = Omit<ToldVersion, 'version'> & { readonly version: string };

/** @param leaf - an item of a registration page. */
export function versionOfLeaf(leaf: JsonObject): WrittenVersion {
  const entry = isObject(leaf.catalogEntry) ? leaf.catalogEntry : {};
  const version = textOf(entry.version);
  const published = instantOf(entry.published ?? leaf.published);
  const isUnlisted = entry.listed === false || leaf.listed === false || isUnlistedDate(published);
  const told = instantOf(entry.created);
  return {
    id: textOf(entry.id),
    version,
    metadata: { ...describedOf(entry), dependencyGroups: dependencyGroupsOf(entry.dependencyGroups) },
    listed: !isUnlisted,
    created: told === '' && !isUnlistedDate(published) ? published : told,
    lastEdited: instantOf(leaf.commitTimeStamp ?? entry.commitTimeStamp),
    sizeBytes: countOf(entry.packageSize),
    deprecation: deprecationOf(entry.deprecation),
    vulnerabilities: vulnerabilitiesOf(entry.vulnerabilities, version),
    // What every package has, so that a source which writes none of it writes no dependencies either.
    isIncomplete: !['authors', 'description', 'dependencyGroups'].some((name) => entry[name] !== undefined),
  };
}

/** What search results and registrations have in common. */
export function describedOf(entry: JsonObject): Partial<PackageMetadata> {
  const title = textOf(entry.title);
  return {
    // Those who write a title for packages that have none write the id.
    title: title === textOf(entry.id) ? '' : title,
    authors: joinedText(entry.authors),
    owners: joinedText(entry.owners),
    description: textOf(entry.description),
    summary: textOf(entry.summary),
    language: textOf(entry.language),
    tags: tagsOf(entry.tags),
    projectUrl: webAddressOf(entry.projectUrl),
    iconUrl: webAddressOf(entry.iconUrl),
    licenseUrl: webAddressOf(entry.licenseUrl),
    licenseExpression: textOf(entry.licenseExpression),
    requireLicenseAcceptance: isTrue(entry.requireLicenseAcceptance),
    minClientVersion: textOf(entry.minClientVersion),
    packageTypes: packageTypesOf(entry.packageTypes),
  };
}

function packageTypesOf(value: unknown): readonly PackageType[] {
  return listOf(value).flatMap((type) => {
    const name = isObject(type) ? textOf(type.name) : '';
    if (!isObject(type) || !isPackageId(name)) return [];
    const version = textOf(type.version);
    return [{ name, version: version === '' ? null : version }];
  });
}

function dependencyGroupsOf(value: unknown): readonly DependencyGroup[] {
  let left = MAX_DEPENDENCIES;
  return listOf(value).flatMap((group) => {
    if (!isObject(group) || left <= 0) return [];
    const dependencies = listOf(group.dependencies).slice(0, left).flatMap(dependencyOf);
    left -= dependencies.length + 1;
    return [{ targetFramework: frameworkOf(textOf(group.targetFramework)), dependencies }];
  });
}

/** Null for "any". */
export function frameworkOf(written: string): string | null {
  const framework = shortFrameworkName(written);
  return ['', 'any', 'agnostic'].includes(framework.toLowerCase()) ? null : framework;
}

function dependencyOf(value: unknown): readonly PackageDependency[] {
  if (!isObject(value)) return [];
  const id = textOf(value.id);
  return isPackageId(id) ? [{ id, range: rangeOf(textOf(value.range)) }] : [];
}

export function deprecationOf(value: unknown): Deprecation | null {
  if (!isObject(value)) return null;
  const told = new Set(listOf(value.reasons).map((reason) => textOf(reason).toLowerCase()));
  const known = DEPRECATION_REASONS.filter((reason) => told.has(reason.toLowerCase()));
  const alternate = isObject(value.alternatePackage) ? value.alternatePackage : {};
  const id = textOf(alternate.id);
  const range = textOf(alternate.range);
  return {
    reasons: known.length === 0 ? ['Other'] : known,
    message: textOf(value.message),
    alternate: isPackageId(id) ? { id, range: range === '*' || range === '' ? '*' : rangeOf(range) } : null,
  };
}

/** Severities are texts in registrations and numbers in searches. */
export function vulnerabilitiesOf(value: unknown, written: string): readonly Vulnerability[] {
  const version = parseVersion(written);
  if (version === undefined) return [];
  return listOf(value)
    .slice(0, MAX_ADVISORIES)
    .flatMap((one) => {
      const url = isObject(one) ? webAddressOf(one.advisoryUrl) : '';
      if (!isObject(one) || url === '') return [];
      return [{ url, severity: Math.min(3, countOf(one.severity)) as Severity, range: exactRange(version) }];
    });
}
