export { identifyPdb } from './identify-pdb.ts';
export type { PdbIdentity, PdbReading } from './identify-pdb.ts';
export type { PdbContent } from './pdb-content.ts';
