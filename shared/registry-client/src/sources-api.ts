/** The registry's API about the package sources of feeds. */
import type { RegistryHttp } from './registry-http.ts';
import { deletedSchema } from './api-schemas.ts';
import type { Deleted } from './api-schemas.ts';
import {
  sourceAnswerSchema,
  sourceHostsAnswerSchema,
  sourceListSchema,
  sourceReportsAnswerSchema,
  sourceWrittenSchema,
} from './source-api-schemas.ts';
import type {
  SourceChange,
  SourceCreation,
  SourceHostsAnswer,
  SourceReports,
  SourceReportsAnswer,
  SourceSummary,
  SourceWritten,
} from './source-api-schemas.ts';
import { sourceEffectAnswerSchema, sourceGraphAnswerSchema } from './source-graph-schemas.ts';
import type { SourceEditWrite, SourceEffectAnswer, SourceGraph } from './source-graph-schemas.ts';

const pathOf = (feed: string, source?: string): string =>
  `/api/feeds/${encodeURIComponent(feed)}/sources${source === undefined ? '' : `/${encodeURIComponent(source)}`}`;

const graphPathOf = (feed: string): string => `/api/feeds/${encodeURIComponent(feed)}/source-graph`;

/** Feeds are named by id, name or alias, sources by id or name. */
export class SourcesApi {
  readonly #http: RegistryHttp;
  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  /** In the order in which they are asked. */
  async list(feed: string, signal?: AbortSignal): Promise<readonly SourceSummary[]> {
    return (await this.#http.call({ method: 'GET', path: pathOf(feed), answer: sourceListSchema, signal })).sources;
  }

  async get(feed: string, source: string, signal?: AbortSignal): Promise<SourceSummary> {
    const path = pathOf(feed, source);
    return (await this.#http.call({ method: 'GET', path, answer: sourceAnswerSchema, signal })).source;
  }

  create(feed: string, source: SourceCreation, signal?: AbortSignal): Promise<SourceWritten> {
    const path = pathOf(feed);
    return this.#http.call({ method: 'POST', path, body: source, answer: sourceWrittenSchema, signal });
  }

  update(
    { feed, source }: { readonly feed: string; readonly source: string },
    change: SourceChange,
    signal?: AbortSignal,
  ): Promise<SourceWritten> {
    const path = pathOf(feed, source);
    return this.#http.call({ method: 'PATCH', path, body: change, answer: sourceWrittenSchema, signal });
  }

  delete(feed: string, source: string, signal?: AbortSignal): Promise<Deleted> {
    return this.#http.call({ method: 'DELETE', path: pathOf(feed, source), answer: deletedSchema, signal });
  }

  /** Everything that the feed leads to. */
  async graph(feed: string, signal?: AbortSignal): Promise<SourceGraph> {
    const path = graphPathOf(feed);
    return (await this.#http.call({ method: 'GET', path, answer: sourceGraphAnswerSchema, signal })).graph;
  }

  /** What an edit will change; nothing is saved. */
  effect(feed: string, edit: SourceEditWrite, signal?: AbortSignal): Promise<SourceEffectAnswer> {
    const path = graphPathOf(feed);
    return this.#http.call({ method: 'POST', path, body: edit, answer: sourceEffectAnswerSchema, signal });
  }

  /** For the operator: what somebody found who looked whether sources lead back to this fleet. */
  report(reports: SourceReports, signal?: AbortSignal): Promise<SourceReportsAnswer> {
    const path = '/api/source-reports';
    return this.#http.call({ method: 'POST', path, body: reports, answer: sourceReportsAnswerSchema, signal });
  }

  /** For the operator: which hosts the foreign sources of all feeds are asked at over https. */
  hosts(signal?: AbortSignal): Promise<SourceHostsAnswer> {
    return this.#http.call({ method: 'GET', path: '/api/source-hosts', answer: sourceHostsAnswerSchema, signal });
  }
}
