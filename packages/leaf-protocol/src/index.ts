export { readKeptVersions, writeKeptVersions } from './kept-document.ts';
export { openFleetSources } from './fleet-sources.ts';
export type { FleetSources, FleetSourcesOptions } from './fleet-sources.ts';
export { leafAnswer } from './leaf-answer.ts';
export type { FleetTarget, KeptAnswer } from './leaf-asker.ts';
export { isLeafPath } from './leaf-paths.ts';
export { storeSource } from './store-source.ts';
export type { StoredPage, StoreSourcePorts } from './store-source.ts';
