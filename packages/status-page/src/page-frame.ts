/** What every part of a page is made from, and where other pages are from there. */
import type { FamilyReport, StatusReport } from '@feedfleet/status-model';

import { instantMs } from './instants.ts';

export interface PageFrame {
  readonly report: StatusReport;
  /** When the report was made, in milliseconds; ages are told from then. `NaN` for a page that is true at any time. */
  readonly now: number;
  /** From the page to the folder that the site is in: empty, or `../`. */
  readonly root: string;
}

/** More are named in the JSON only: a page stays within bounds whatever the report says. */
export const MOST_FAMILIES = 32;
export const MOST_INCIDENTS = 100;
const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function frameOf(report: StatusReport, root = ''): PageFrame {
  return { report, root, now: instantMs(report.generatedAt) ?? 0 };
}

/** Families that have a page of their own: their name can be one of a file. */
export function pagedFamilies({ families }: StatusReport): readonly FamilyReport[] {
  return families.filter(({ id }, index) => index < MOST_FAMILIES && isFileName(id));
}

export function familyPath(family: FamilyReport): string | undefined {
  return isFileName(family.id) ? `family/${family.id}.html` : undefined;
}

export function incidentPath(id: string): string | undefined {
  return isFileName(id) ? `incidents/${id}.html` : undefined;
}

export function monthPath(month: string): string {
  return `history/${month}.html`;
}

export function isFileName(name: string): boolean {
  return SAFE_NAME.test(name);
}

/** Titles of the families among components; instances are not for the public. */
export function familyTitles(components: readonly string[], { families }: StatusReport): readonly string[] {
  const ids = components.filter((component) => component.startsWith('family:')).map((component) => component.slice(7));
  return [...new Set(ids)]
    .slice(0, MOST_FAMILIES)
    .map((id) => families.find((family) => family.id === id)?.title ?? id);
}
