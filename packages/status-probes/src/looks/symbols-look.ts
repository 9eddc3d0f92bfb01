/** What debuggers ask: mostly for symbols that a server has not, and then for some that it has, whose bytes have to be the right ones. */
import type { CanarySymbols } from '../canary-symbols.ts';
import { absence } from './absence-look.ts';
import { downloadStep } from './download.ts';
import type { Step } from './step.ts';

/** @param symbols - `undefined` while none could be pushed. */
export function symbolsLook(symbols: CanarySymbols | undefined): readonly Step[] {
  const key = `${'0'.repeat(32)}ffffffff`;
  return [
    absence('symbols', `/symbols/feedfleet-canary.pdb/${key}/feedfleet-canary.pdb`, 'FF_NO_SUCH_SYMBOLS'),
    ...(symbols === undefined ? [] : [downloadStep(symbols, () => symbols.path)]),
  ];
}
