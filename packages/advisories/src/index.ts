export { readAdvisories, readAdvisoriesInTurns } from './read-advisories.ts';
export type { AdvisoryDocument, AdvisoryImport, ImportCounts } from './read-advisories.ts';
export { SEVERITY_NAMES } from './vulnerability.ts';
export type { Severity, VulnerabilitiesById, Vulnerability } from './vulnerability.ts';
