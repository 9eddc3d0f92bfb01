/**
 * The functions of `$filter`. All work on text, without case.
 *
 * Source: OData 2.0, "URI Conventions", section 4.5.
 */

interface TextCall {
  readonly operands: 1 | 2;
  readonly type: 'text' | 'number' | 'flag';
  /** @param second - empty for functions of one operand. */
  apply(first: string, second: string): string | number | boolean;
  /** The result when an operand is null. */
  readonly ofNull: false | null;
}

const textOf = (apply: (text: string) => string): TextCall => ({ operands: 1, type: 'text', apply, ofNull: null });

const test = (apply: (first: string, second: string) => boolean): TextCall => ({
  operands: 2,
  type: 'flag',
  apply: (first, second) => apply(first.toLowerCase(), second.toLowerCase()),
  ofNull: false,
});

/** By name in lower case. `substringof` has the part first and the whole second; the others the whole first. */
export const TEXT_CALLS: ReadonlyMap<string, TextCall> = new Map<string, TextCall>([
  ['tolower', textOf((text) => text.toLowerCase())],
  ['toupper', textOf((text) => text.toUpperCase())],
  ['trim', textOf((text) => text.trim())],
  ['length', { operands: 1, type: 'number', apply: (text) => text.length, ofNull: null }],
  ['concat', { operands: 2, type: 'text', apply: (first, second) => first + second, ofNull: null }],
  [
    'indexof',
    {
      operands: 2,
      type: 'number',
      apply: (whole, part) => whole.toLowerCase().indexOf(part.toLowerCase()),
      ofNull: null,
    },
  ],
  ['substringof', test((part, whole) => whole.includes(part))],
  ['startswith', test((whole, part) => whole.startsWith(part))],
  ['endswith', test((whole, part) => whole.endsWith(part))],
]);
