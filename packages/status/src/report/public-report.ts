/** What anybody may see of a report: nothing of single instances, and no certificates of what only the fleet itself speaks to. */
import type { StatusReport } from '@feedfleet/status-model';

/** How `where` of a certificate begins that is not for everybody. */
const innerPlaces = ['source:', 'storage:', 'instance:'];

export function publicReport(report: StatusReport): StatusReport {
  const isPublic = (where: string): boolean => !innerPlaces.some((place) => where.startsWith(place));
  return {
    ...report,
    families: report.families.map((family) => ({ ...family, instances: [] })),
    incidents: report.incidents.map((incident) => ({ ...incident, components: incident.components.filter(isFamily) })),
    maintenance: report.maintenance.map((each) => ({ ...each, components: each.components.filter(isFamily) })),
    certificates: report.certificates.filter(({ where }) => isPublic(where)),
  };
}

const isFamily = (component: string): boolean => component.startsWith('family:');
