/** `docs/reference/errors.md`: every error code, from the error registry. */
import { problemRegistry } from '../../shared/problems/src/index.ts';
import type { ProblemDefinition } from '../../shared/problems/src/index.ts';
import { code, page, table, type Page } from './page.ts';

const intro = `Every failure has one stable code. Match on the code: titles and details are for people. Over HTTP an error is a
problem document (RFC 9457, \`application/problem+json\`), and the title or a shorter reason is the HTTP reason phrase too,
because that is all that NuGet clients print. Errors without a status end a process or a command instead of a request.`;

export const errorsPage: Page = {
  file: 'docs/reference/errors.md',
  render: () => {
    const definitions: readonly ProblemDefinition[] = Object.values(problemRegistry);
    const sorted = [...definitions].sort((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1));
    const rows = (wanted: (definition: ProblemDefinition) => boolean): readonly (readonly string[])[] =>
      sorted.filter(wanted).map((each) => [code(each.code), String(each.status || ''), each.title, each.solve]);
    const header = ['Code', 'Status', 'Title', 'What to do'];
    return page(
      'Errors',
      '`shared/problems/src/registry.ts`',
      `${intro}\n\n## Of requests\n\n${table(
        header,
        rows(({ status }) => status > 0),
      )}\n## Of processes and commands\n\n${table(
        header.filter((name) => name !== 'Status'),
        rows(({ status }) => status === 0).map(([name = '', , ...rest]) => [name, ...rest]),
      )}`,
    );
  },
};
