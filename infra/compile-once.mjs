/**
 * Loads the modules that are named, so that Node's compile cache has their code. Those are processes: without settings each wants
 * to end as soon as it runs, and only after the last one it may.
 */
import process from 'node:process';
import { pathToFileURL } from 'node:url';

process.exit = () => undefined;
for (const file of process.argv.slice(2)) await import(pathToFileURL(file).href).catch(() => undefined);
