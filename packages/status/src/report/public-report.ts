/** What anybody may see of a report: nothing of single instances, and no certificates of what only the fleet itself speaks to. */
import type { StatusReport } from '@feedfleet/status-model';
import type { IncidentArchive } from '@feedfleet/status-page';

/** How `where` of a certificate begins that is not for everybody. */
const innerPlaces = ['source:', 'storage:', 'instance:'];

export function publicReport(report: StatusReport): StatusReport {
  const isPublic = (where: string): boolean => !innerPlaces.some((place) => where.startsWith(place));
  return {
    ...report,
    families: report.families.map((family) => ({ ...family, instances: [] })),
    incidents: ofFamilies(report.incidents),
    maintenance: ofFamilies(report.maintenance),
    certificates: report.certificates.filter(({ where }) => isPublic(where)),
  };
}

/** @param archive - which leaves out what is about instances alone. */
export function publicArchive(archive: IncidentArchive): IncidentArchive {
  return {
    ...archive,
    incidentsOf: (month) => ofFamilies(archive.incidentsOf(month)),
    incident: (id) => ofFamilies([archive.incident(id)].filter((each) => each !== undefined))[0],
  };
}

/** What is about instances alone is for operators. */
function ofFamilies<T extends { readonly components: readonly string[] }>(all: readonly T[]): T[] {
  return all
    .filter(({ components }) => components.length === 0 || components.some(isFamily))
    .map((each) => ({ ...each, components: each.components.filter(isFamily) }));
}

const isFamily = (component: string): boolean => component.startsWith('family:');
