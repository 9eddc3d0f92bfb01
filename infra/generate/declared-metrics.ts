/**
 * Finds the metrics that a process declares by reading its sources: each is declared once, as
 * `metrics.counter({ name, help, labels })`, and the sources of a process are the files that its bundle would hold.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { build } from 'esbuild';
import ts from 'typescript';

export interface DeclaredMetric {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

const KINDS = ['counter', 'gauge', 'histogram'] as const;

/** Files of the project that a process is made of, relative to the repository, sorted. */
async function sourcesOf(entry: string, root: string): Promise<readonly string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    outdir: 'dist',
    logLevel: 'silent',
    // Only the project's own files count; packages of others stay outside.
    plugins: [
      {
        name: 'own-sources',
        setup: (bundler) => {
          bundler.onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) =>
            name.startsWith('@feedfleet/') || kind === 'entry-point' ? undefined : { path: name, external: true },
          );
        },
      },
    ],
  });
  return Object.keys(metafile.inputs)
    .filter((input) => input.endsWith('.ts'))
    .sort();
}

function literal(node: ts.Expression | undefined): string | undefined {
  if (node === undefined) return undefined;
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const [left, right] = [literal(node.left), literal(node.right)];
  return left === undefined || right === undefined ? undefined : left + right;
}

function property(definition: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  const found = definition.properties.find((each) => ts.isPropertyAssignment(each) && each.name.getText() === name);
  return found !== undefined && ts.isPropertyAssignment(found) ? found.initializer : undefined;
}

function metricOf(call: ts.CallExpression): DeclaredMetric | undefined {
  if (!ts.isPropertyAccessExpression(call.expression)) return undefined;
  const method = call.expression.name.text;
  const kind = KINDS.find((each) => each === method);
  const [definition] = call.arguments;
  if (kind === undefined || definition === undefined || !ts.isObjectLiteralExpression(definition)) return undefined;
  const [name, help] = [literal(property(definition, 'name')), literal(property(definition, 'help'))];
  const labels = property(definition, 'labels');
  const names = labels !== undefined && ts.isArrayLiteralExpression(labels) ? labels.elements.map(literal) : [];
  if (
    name === undefined ||
    help === undefined ||
    names.includes(undefined) ||
    (labels !== undefined && names.length === 0)
  ) {
    throw new Error(`${call.getSourceFile().fileName}: name, help and labels of a metric must be literals`);
  }
  return { name, kind, help, labels: names.filter((each) => each !== undefined) };
}

/** @param text - one source file. */
export function metricsIn(text: string, fileName: string): readonly DeclaredMetric[] {
  const found: DeclaredMetric[] = [];
  const visit = (node: ts.Node): void => {
    const metric = ts.isCallExpression(node) ? metricOf(node) : undefined;
    if (metric !== undefined) found.push(metric);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, true));
  return found;
}

/** @returns what the process declares, sorted by name. */
export async function declaredMetrics(entry: string, root: string): Promise<readonly DeclaredMetric[]> {
  const found: DeclaredMetric[] = [];
  for (const file of await sourcesOf(entry, root)) {
    // The port itself names the same methods, and creates what others declare.
    if (file.startsWith('shared/host/src/create-metrics') || file.startsWith('shared/host/src/metrics')) continue;
    found.push(...metricsIn(await readFile(path.join(root, file), 'utf8'), file));
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
