/**
 * Loaded into the processes of a drill's fleet by `--import`: takes the lines that `DRILL_CUT_OUTS` names out of the modules that have them.
 *
 * Source: Node.js, "Modules: node:module API", "Customization Hooks", `module.registerHooks`.
 */
import { registerHooks } from 'node:module';

import type { CutOut } from './cut-outs.ts';

const cutOuts = JSON.parse(process.env.DRILL_CUT_OUTS ?? '[]') as readonly CutOut[];

function withoutGuard(text: string, { file, replaced }: CutOut): string {
  return replaced.reduce((code, { line, by }) => {
    if (!code.includes(line)) throw new Error(`the guard is not in ${file} any more: ${line}`);
    return code.replace(line, () => by);
  }, text);
}

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const cutOut = cutOuts.find(({ file }) => url.endsWith(`/${file}`));
    if (cutOut === undefined || loaded.source === undefined) return loaded;
    const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source);
    return { ...loaded, source: withoutGuard(text, cutOut) };
  },
});
