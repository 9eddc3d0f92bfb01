/**
 * Which family a request belongs to: the longest matching path prefix wins.
 *
 * Routes are compiled to a trie over path segments, so that a request costs a few map lookups however many routes there
 * are. Every node of the trie is visited at most once a request.
 */
import { ProblemError } from '@feedfleet/problems';

import type { Route } from './model.ts';
import { parseRoutePattern } from './route-pattern.ts';
import type { PatternSegment } from './route-pattern.ts';
import { segmentsOf } from './request-path.ts';

export interface RouteMatched {
  readonly outcome: 'matched';
  readonly route: Route;
  /** Id of the family. */
  readonly family: string;
}

export type RouteMatch =
  | RouteMatched
  | {
      readonly outcome: 'methodNotAllowed';
      /** Sorted, for the `Allow` header. */
      readonly allowed: readonly string[];
    }
  | { readonly outcome: 'absent' };

export interface RouteTable {
  /**
   * Literals are compared decoded and without case; a prefix ends where a segment ends; runs of slashes and a slash at
   * the end do not matter. A path with a dot segment (`..`, `%2e%2e`) is absent: nothing behind the balancer has to know them.
   *
   * @param path - percent-encoded as sent; a query string is ignored.
   */
  match(method: string, path: string): RouteMatch;
}

interface TrieNode {
  readonly literals: Map<string, TrieNode>;
  parameter: TrieNode | undefined;
  /** Routes for all methods and routes for some, of patterns that end here. */
  any: RouteMatched | undefined;
  readonly byMethod: Map<string, RouteMatched>;
}

interface Search {
  readonly method: string;
  readonly segments: readonly string[];
  best: RouteMatched | undefined;
  bestLength: number;
  /** Methods of routes that match the path and not the method. */
  allowed: Set<string> | undefined;
}

const absent: RouteMatch = { outcome: 'absent' };

const newNode = (): TrieNode => ({
  literals: new Map(),
  parameter: undefined,
  any: undefined,
  byMethod: new Map(),
});

function childFor(node: TrieNode, segment: PatternSegment): TrieNode {
  if (segment.kind === 'parameter') {
    node.parameter ??= newNode();
    return node.parameter;
  }
  const existing = node.literals.get(segment.text);
  if (existing !== undefined) return existing;
  const created = newNode();
  node.literals.set(segment.text, created);
  return created;
}

function conflict(route: Route, other: Route): ProblemError {
  return new ProblemError('invalidRequest', {
    detail: `route ${route.id}: pattern "${route.pattern}" matches the same paths and methods as route ${other.id}`,
  });
}

function place(node: TrieNode, route: Route): void {
  const matched: RouteMatched = { outcome: 'matched', route, family: route.family };
  if (route.methods === null) {
    if (node.any !== undefined) throw conflict(route, node.any.route);
    node.any = matched;
    return;
  }
  for (const method of route.methods) {
    const other = node.byMethod.get(method);
    if (other !== undefined && other.route !== route) throw conflict(route, other.route);
    node.byMethod.set(method, matched);
  }
}

function consider(node: TrieNode, depth: number, search: Search): void {
  const found = node.byMethod.get(search.method) ?? node.any;
  if (found !== undefined) {
    const isMoreSpecific = found.route.methods !== null && search.best?.route.methods === null;
    if (depth > search.bestLength || (depth === search.bestLength && isMoreSpecific)) {
      search.best = found;
      search.bestLength = depth;
    }
  } else if (node.byMethod.size > 0) {
    search.allowed ??= new Set();
    for (const method of node.byMethod.keys()) search.allowed.add(method);
  }
}

/** Literals first: at equal length the pattern that names a segment beats the one that takes any. */
function descend(node: TrieNode, depth: number, search: Search): void {
  consider(node, depth, search);
  const segment = search.segments[depth];
  if (segment === undefined) return;
  const literal = node.literals.size === 0 ? undefined : node.literals.get(segment);
  if (literal !== undefined) descend(literal, depth + 1, search);
  if (node.parameter !== undefined) descend(node.parameter, depth + 1, search);
}

/**
 * Compiles routes; at equal length a route with methods that include the request's beats one for all methods.
 *
 * @throws {ProblemError} `FF_INVALID_REQUEST` naming the route, what is wrong with its pattern and where.
 */
export function compileRoutes(routes: readonly Route[]): RouteTable {
  const root = newNode();
  let longest = 0;
  for (const route of routes) {
    const parsed = parseRoutePattern(route.pattern);
    if (parsed.outcome === 'invalid') {
      throw new ProblemError('invalidRequest', {
        detail: `route ${route.id}: pattern "${route.pattern}": ${parsed.problem} (character ${parsed.position + 1})`,
      });
    }
    for (const variant of parsed.variants) {
      longest = Math.max(longest, variant.length);
      place(variant.reduce(childFor, root), route);
    }
  }
  return {
    match(method, path) {
      const segments = segmentsOf(path, longest);
      if (segments === undefined) return absent;
      const search: Search = { method, segments, best: undefined, bestLength: -1, allowed: undefined };
      descend(root, 0, search);
      if (search.best !== undefined) return search.best;
      if (search.allowed === undefined) return absent;
      return { outcome: 'methodNotAllowed', allowed: [...search.allowed].sort() };
    },
  };
}
