/** `docs/reference/registry-openapi.json`: the registry's HTTP API, from the schemas that validate it. */
import { openApiText } from '../../packages/registry/src/index.ts';
import type { Page } from './page.ts';

export const openApiPage: Page = {
  file: 'docs/reference/registry-openapi.json',
  render: openApiText,
};
