/** What a value of each kind in a leaf's document must be. */
import { DEPRECATION_REASONS } from '@feedfleet/store';

import type { LeafValues } from './leaf-format.ts';
import { isRecord } from './leaf-malformed-error.ts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isTextOrNull: Check = (value) => value === null || typeof value === 'string';
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const isType: Check = (value) => isRecord(value) && isText(value.name) && isTextOrNull(value.version);
const isRanged: Check = (value) => isRecord(value) && isText(value.id) && isText(value.range);
const areRanged = listOf(isRanged);
const isGroup: Check = (value) =>
  isRecord(value) && isTextOrNull(value.targetFramework) && areRanged(value.dependencies);

const REASONS: readonly unknown[] = DEPRECATION_REASONS;
const areReasons = listOf((value) => REASONS.includes(value));
const isDeprecation: Check = (value) =>
  isRecord(value) &&
  areReasons(value.reasons) &&
  isText(value.message) &&
  (value.alternate === null || isRanged(value.alternate));

const SEVERITIES: readonly unknown[] = [0, 1, 2, 3];
const isVulnerability: Check = (value) =>
  isRecord(value) && isText(value.url) && isText(value.range) && SEVERITIES.includes(value.severity);

export const VALUE_CHECKS: Readonly<Record<keyof LeafValues, Check>> = {
  texts: isText,
  tags: listOf(isText),
  types: listOf(isType),
  dependencies: listOf(isGroup),
  deprecations: isDeprecation,
  vulnerabilities: listOf(isVulnerability),
};
