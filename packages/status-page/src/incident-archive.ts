/** Incidents of all years, which the report does not hold: who has them gives them one by one, when a page about them is made. */
import type { Incident } from '@feedfleet/status-model';

export interface IncidentArchive {
  /** Newest first. */
  readonly months: readonly ArchivedMonth[];
  /** Without their updates, newest first. @param month - `2026-11`. */
  incidentsOf(month: string): readonly Incident[];
  /** @returns `undefined` for one that is not there any more. */
  incident(id: string): Incident | undefined;
}

export interface ArchivedMonth {
  /** `2026-11`, in which they opened. */
  readonly month: string;
  /** Changes with any of them. */
  readonly edition: string;
  readonly incidents: readonly { readonly id: string; readonly edition: string }[];
}

export const NO_ARCHIVE: IncidentArchive = { months: [], incidentsOf: () => [], incident: () => undefined };
