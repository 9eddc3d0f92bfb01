/** `docs/reference/routes.md`: the families and routes that every fleet starts with. */
import { defaultFamilies, defaultRoutes } from '../../shared/registry-client/src/index.ts';
import { code, page, table, type Page } from './page.ts';

const intro = `What a new fleet's registry holds; operators change it there. The longest pattern that matches a path wins; of two
patterns of one length, the one that names methods. \`/F/\` and everything below is compared without case, and \`[...]\` may be
left out.`;

export const routesPage: Page = {
  file: 'docs/reference/routes.md',
  render: () => {
    const routes = table(
      ['Pattern', 'Methods', 'Family', 'Id'],
      defaultRoutes.map(({ id, pattern, methods, family }) => [
        code(pattern),
        methods?.join(', ') ?? 'all',
        family,
        code(id),
      ]),
    );
    const families = table(
      ['Id', 'Serves'],
      defaultFamilies.map(({ id, title }) => [code(id), title]),
    );
    return page(
      'Families and routes',
      '`shared/registry-client/src/default-routes.ts`',
      `${intro}\n\n## Families\n\n${families}\n## Routes\n\n${routes}`,
    );
  },
};
