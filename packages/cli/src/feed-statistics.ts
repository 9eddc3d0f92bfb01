/** Asks a feed for its statistics: `GET /api/v3/statistics.json` below the feed, with the API key where there is one. */
import { ProblemError, problemRegistry } from '@feedfleet/problems';
import axios from 'axios';
import { z } from 'zod';

import { withoutSecrets } from './failure.ts';
import { isOwnMachine } from './own-machine.ts';

const count = z.number().int().min(0);
const limit = count.nullable();
const downloadsByDay = z.array(z.looseObject({ day: z.string(), downloads: count }));

/** Further fields are passed on by `--json`. */
export const feedStatisticsSchema = z.looseObject({
  feed: z.string(),
  packages: count,
  versions: count,
  bytes: count,
  downloads: count,
  quota: z.looseObject({ bytes: limit, packages: limit, versions: limit }),
  downloadsByDay,
  topPackages: z.array(z.looseObject({ id: z.string(), downloads: count })),
});
export type FeedStatistics = z.infer<typeof feedStatisticsSchema>;

export const packageStatisticsSchema = z.looseObject({
  feed: z.string(),
  id: z.string(),
  versions: count,
  bytes: count,
  downloads: count,
  downloadsByDay,
  topVersions: z.array(z.looseObject({ version: z.string(), downloads: count, sizeBytes: count, listed: z.boolean() })),
});
export type PackageStatistics = z.infer<typeof packageStatisticsSchema>;

export interface StatisticsRequest<T> {
  /** Of the feed, without a slash at the end. */
  readonly feedUrl: string;
  /** Below `api/v3`, with its query. */
  readonly path: string;
  readonly apiKey: string | undefined;
  readonly schema: z.ZodType<T>;
  readonly signal: AbortSignal;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 4 * 1024 ** 2;

/** @throws {ProblemError} what the feed refused it with, or `FF_UNREACHABLE`. */
export async function askStatistics<T>(request: StatisticsRequest<T>): Promise<T> {
  const { status, data } = await send(request);
  if (status === 200) {
    const parsed = request.schema.safeParse(data);
    if (parsed.success) return parsed.data;
  }
  const { code, detail } = problemSchema.catch({}).parse(data);
  const name = REFUSALS.find((each) => problemRegistry[each].code === code);
  const what = withoutSecrets(detail ?? `${request.feedUrl} answered ${status}, which is no statistics`);
  throw new ProblemError(name ?? 'unreachable', { detail: what });
}

const problemSchema = z.looseObject({ code: z.string().optional(), detail: z.string().max(2000).optional() });
/** What a user can do something about. */
const REFUSALS = [
  'unauthenticated',
  'forbidden',
  'noSuchFeed',
  'noSuchPackage',
  'invalidQuery',
  'unavailable',
] as const;

async function send<T>({ feedUrl, path, apiKey, signal }: StatisticsRequest<T>): Promise<{
  readonly status: number;
  readonly data: unknown;
}> {
  try {
    return await axios.get<unknown>(`${feedUrl}/api/v3/${path}`, {
      headers: apiKey === undefined ? {} : { 'x-nuget-apikey': apiKey },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      maxContentLength: MAX_ANSWER_BYTES,
      // A key must not go where it was not sent.
      maxRedirects: 0,
      validateStatus: () => true,
      ...(isOwnMachine(feedUrl) ? { proxy: false } : {}),
    });
  } catch (error) {
    signal.throwIfAborted();
    const why = (error as NodeJS.ErrnoException).code ?? 'no answer';
    throw new ProblemError('unreachable', { detail: `${withoutSecrets(feedUrl)}: ${why}`, cause: error });
  }
}
