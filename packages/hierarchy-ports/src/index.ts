export { hierarchyPorts } from './hierarchy-ports.ts';
export type { HierarchyPorts } from './hierarchy-ports.ts';
export { mergedRow } from './merged-row.ts';
export { spooledPackage } from './spooled-package.ts';
