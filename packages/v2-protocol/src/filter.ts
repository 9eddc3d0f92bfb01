/**
 * `$filter` as a tree.
 *
 * Source: OData 2.0, "URI Conventions", section 4.5. `or` binds weaker than `and`, `and` weaker than comparisons, these
 * weaker than `not`. Arithmetic and navigation are not part of it.
 */
import { expected, tokenize } from './filter-token.ts';
import type { Token, TokenKind } from './filter-token.ts';
import { parseInstant } from './odata-literal.ts';

export const COMPARISONS = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** `at` is the index of the node's first character in the option's text. */
export type Filter =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null; readonly at: number }
  /** `value` in milliseconds since 1970. */
  | { readonly kind: 'instant'; readonly value: number; readonly at: number }
  | { readonly kind: 'property'; readonly name: string; readonly at: number }
  | { readonly kind: 'call'; readonly name: string; readonly operands: readonly Filter[]; readonly at: number }
  | { readonly kind: 'not'; readonly operand: Filter; readonly at: number }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Filter[]; readonly at: number }
  | {
      readonly kind: 'comparison';
      readonly operator: Comparison;
      readonly left: Filter;
      readonly right: Filter;
      readonly at: number;
    };

/** Deepest nesting of parentheses, calls and `not`. */
export const MAX_FILTER_DEPTH = 100;

/** Most calls and comparisons: each is work for every version that is looked at. A client that names its ids one by one needs two an id. */
export const MAX_FILTER_TERMS = 256;

const OPTION = '$filter';

/**
 * @throws ProblemError `FF_INVALID_QUERY` with what was expected, what was given and where.
 * @example parseFilter("tolower(Id) eq 'a' and IsLatestVersion")
 */
export function parseFilter(text: string): Filter {
  const parser = new FilterParser(tokenize(OPTION, text), text);
  return parser.parse();
}

class FilterParser {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #next = 0;
  #depth = 0;
  #terms = 0;

  constructor(tokens: readonly Token[], text: string) {
    this.#tokens = tokens;
    this.#text = text;
  }

  parse(): Filter {
    const filter = this.#junction('or');
    if (this.#peek().kind !== 'end') throw this.#unexpected('and, or, a comparison or the end');
    return filter;
  }

  #junction(kind: 'and' | 'or'): Filter {
    const operand = () => (kind === 'or' ? this.#junction('and') : this.#comparison());
    const { at } = this.#peek();
    const operands = [operand()];
    while (this.#takeName(kind)) operands.push(operand());
    return operands.length === 1 && operands[0] !== undefined ? operands[0] : { kind, operands, at };
  }

  #comparison(): Filter {
    let left = this.#unary();
    for (;;) {
      const { at } = left;
      const operator = COMPARISONS.find((name) => this.#takeName(name));
      if (operator === undefined) return left;
      this.#countTerm();
      left = { kind: 'comparison', operator, left, right: this.#unary(), at };
    }
  }

  #unary(): Filter {
    const { at } = this.#peek();
    if (!this.#takeName('not')) return this.#primary();
    return this.#nested(() => ({ kind: 'not', operand: this.#unary(), at }));
  }

  #primary(): Filter {
    const token = this.#peek();
    switch (token.kind) {
      case '(':
        return this.#nested(() => {
          this.#take('(', '(');
          const inner = this.#junction('or');
          this.#take(')', 'a closing parenthesis');
          return inner;
        });
      case 'text':
        this.#next += 1;
        return { kind: 'literal', value: token.value, at: token.at };
      case 'number':
        this.#next += 1;
        return { kind: 'literal', value: Number(token.value), at: token.at };
      case 'instant':
        this.#next += 1;
        return { kind: 'instant', value: this.#instant(token), at: token.at };
      case 'name':
        this.#next += 1;
        return this.#named(token);
      case ')':
      case ',':
      case 'end':
        throw this.#unexpected('a property, a function, a literal or a parenthesis');
    }
  }

  #named({ value, at }: Token): Filter {
    if (this.#peek().kind === '(') return this.#nested(() => this.#call(value, at));
    if (isReserved(value)) throw expected(OPTION, 'a property, a function or a literal', this.#text.slice(at), at);
    const word = value.toLowerCase();
    if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true', at };
    if (word === 'null') return { kind: 'literal', value: null, at };
    return { kind: 'property', name: value, at };
  }

  #instant({ value, at }: Token): number {
    const instant = parseInstant(value);
    if (instant === undefined) throw expected(OPTION, "datetime'2026-01-31T12:00:00'", this.#text.slice(at), at);
    return instant;
  }

  #call(name: string, at: number): Filter {
    this.#countTerm();
    this.#take('(', '(');
    const operands: Filter[] = [];
    if (this.#peek().kind !== ')') {
      do operands.push(this.#junction('or'));
      while (this.#takeKind(','));
    }
    this.#take(')', 'a comma or a closing parenthesis');
    return { kind: 'call', name: name.toLowerCase(), operands, at };
  }

  #countTerm(): void {
    this.#terms += 1;
    if (this.#terms > MAX_FILTER_TERMS) throw this.#unexpected(`at most ${MAX_FILTER_TERMS} calls and comparisons`);
  }

  #nested<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > MAX_FILTER_DEPTH) throw this.#unexpected(`at most ${MAX_FILTER_DEPTH} levels of nesting`);
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', value: '', at: this.#text.length };
  }

  #takeKind(kind: TokenKind): boolean {
    if (this.#peek().kind !== kind) return false;
    this.#next += 1;
    return true;
  }

  #takeName(name: string): boolean {
    const token = this.#peek();
    return token.kind === 'name' && token.value === name && this.#takeKind('name');
  }

  #take(kind: TokenKind, what: string): void {
    if (!this.#takeKind(kind)) throw this.#unexpected(what);
  }

  #unexpected(what: string): Error {
    const { at } = this.#peek();
    return expected(OPTION, what, this.#text.slice(at), at);
  }
}

function isReserved(name: string): boolean {
  return name === 'and' || name === 'or' || COMPARISONS.some((operator) => operator === name);
}
