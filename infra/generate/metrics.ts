/** `docs/reference/metrics.md`: the metrics of every process, from where each is declared. */
import path from 'node:path';

import { deployables } from '../build/deployables.ts';
import { declaredMetrics, type DeclaredMetric } from './declared-metrics.ts';
import { code, page, table, type Page } from './page.ts';

const intro = `Each process answers \`GET /metrics\` in the Prometheus text format; the balancer and the status page do so on their internal listeners only.
The metrics of the Node process itself (\`process_*\`, \`nodejs_*\`) come on top. Units are in the names.`;

const root = path.resolve(import.meta.dirname, '..', '..');

function rowsOf(metrics: readonly DeclaredMetric[]): string {
  return table(
    ['Metric', 'Kind', 'Labels', 'What it counts'],
    metrics.map(({ name, kind, labels, help }) => [code(name), kind, labels.map(code).join(', '), help]),
  );
}

export const metricsPage: Page = {
  file: 'docs/reference/metrics.md',
  render: async () => {
    const processes: { readonly name: string; readonly metrics: readonly DeclaredMetric[] }[] = [];
    for (const { name, entry } of deployables) {
      const metrics = await declaredMetrics(entry, root);
      if (metrics.length > 0) processes.push({ name, metrics });
    }
    const isShared = ({ name }: DeclaredMetric): boolean =>
      processes.every(({ metrics }) => metrics.some((metric) => metric.name === name));
    const shared = (processes[0]?.metrics ?? []).filter(isShared);
    const sections = processes.map(({ name, metrics }) => {
      const own = metrics.filter((metric) => !isShared(metric));
      return `## ${name}\n\n${own.length === 0 ? 'Nothing beyond what every process has.\n' : rowsOf(own)}`;
    });
    return page(
      'Metrics',
      'where each metric is declared',
      `${intro}\n\n## Every process\n\n${rowsOf(shared)}\n${sections.join('\n')}`,
    );
  },
};
