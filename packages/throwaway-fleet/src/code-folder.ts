/** Where processes keep their compiled code: the same folder as that of fleets, so that what is killed at once starts fast as well. */
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../../../node_modules/.cache/feedfleet');

/** For the environment of a process that no supervisor starts. */
export const COMPILED_CODE = { NODE_COMPILE_CACHE: FOLDER } as const;
