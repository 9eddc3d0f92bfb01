/**
 * Whatever is asked, v2 answers or refuses with a reason, and in time.
 *
 * `FEEDFLEET_FUZZ_CASES` says how many queries are tried; 10,000 by default.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProblemError } from '@feedfleet/problems';
import { pushKinds, SampleFeed } from './sample-feed.ts';

const cases = Number(process.env.FEEDFLEET_FUZZ_CASES ?? 10_000);

const WORDS =
  "Id Version NormalizedVersion IsLatestVersion IsAbsoluteLatestVersion Tags Title Description Published DownloadCount Listed null true false 1 0 -1 1L 2.5 3d 1e400 '' 'core' '1.0.0' '2.0.0-beta1' 'O''Brien' datetime'2012-01-01' datetime'x' guid'1' ( ) , / eq ne gt ge lt le and or not asc desc add mul substringof startswith endswith tolower toupper indexof length trim concat replace ' \" % + %27 %zz %00 é 😀";

const token = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...WORDS.split(' ')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
);
const soup = fc.array(token, { maxLength: 14 }).map((tokens) => tokens.join(' '));
/** Mostly well-formed, so that not only the parser is met. */
const comparison = fc
  .tuple(fc.constantFrom('Id', 'Version', 'tolower(Id)', 'Published', 'DownloadCount', 'Tags'), token, token)
  .map((parts) => parts.join(' '));
const filter = fc.oneof(
  soup,
  comparison,
  fc.tuple(comparison, comparison).map(([left, right]) => `IsLatestVersion and (${left}) or not (${right})`),
);

const NAMES = '$filter $orderby $top $skip $skiptoken $select $inlinecount $format $expand $nothing id searchTerm';
const MORE_NAMES = 'targetFramework includePrerelease semVerLevel packageIds versions versionConstraints partialId';
const option = fc.oneof(
  fc.tuple(fc.constant('$filter'), filter),
  fc.tuple(fc.constantFrom(...`${NAMES} ${MORE_NAMES}`.split(' ')), soup),
  fc.constantFrom<[string, string]>(
    ['$orderby', 'Id desc'],
    ['$orderby', 'DownloadCount desc,Id'],
    ['$top', '3'],
    ['$inlinecount', 'allpages'],
    ['semVerLevel', '2.0.0'],
    ['id', "'Core'"],
  ),
);
const RESOURCES = ['Packages()', 'Packages', 'FindPackagesById()', 'Search()', 'GetUpdates()', 'package-ids', '$batch'];
const resource = fc.oneof(
  fc.constantFrom(...RESOURCES, ...RESOURCES.map((name) => `${name}/$count`), "Packages(Id='Core',Version='1.0')"),
  soup.map((text) => `Packages(${text})`),
  soup,
);
const encoded = (text: string): string =>
  Array.from(text.toWellFormed())
    .map((each) => (/[A-Za-z0-9()'$,%+ ]/.test(each) ? each : encodeURIComponent(each)))
    .join('');
const url = fc
  .tuple(resource, fc.uniqueArray(option, { maxLength: 5, selector: ([name]) => name }))
  .map(
    ([path, options]) =>
      `/${encoded(path).replaceAll(' ', '%20')}?${options
        .map(([name, value]) => `${name}=${encoded(value).replaceAll(' ', '%20')}`)
        .join('&')}`,
  );

let feed: SampleFeed;
beforeAll(async () => {
  feed = await SampleFeed.open(() => Promise.resolve(undefined));
  await pushKinds(feed);
});
afterAll(() => feed.close());

describe('any query', () => {
  it(
    'is answered, or refused with a reason, and never fails',
    async () => {
      let answered = 0;
      await fc.assert(
        fc.asyncProperty(url, async (asked) => {
          try {
            await feed.answer(asked);
            answered += 1;
          } catch (error) {
            expect(error).toBeInstanceOf(ProblemError);
            const { status, detail = '' } = error as ProblemError;
            expect([400, 404, 405]).toContain(status);
            expect(detail).not.toBe('');
          }
        }),
        { numRuns: cases },
      );
      // A tenth at least, or the queries are too wrong to meet anything but the parser.
      expect(answered).toBeGreaterThan(cases / 10);
    },
    Math.max(120_000, cases * 20),
  );
});
