/** `docs/reference/*-openapi.json`: the HTTP APIs of the registry and of the status page, from the schemas that validate them. */
import { openApiText } from '../../packages/registry/src/index.ts';
import { openApiText as statusOpenApiText } from '../../packages/status/src/index.ts';
import type { Page } from './page.ts';

export const openApiPage: Page = {
  file: 'docs/reference/registry-openapi.json',
  render: openApiText,
};

export const statusOpenApiPage: Page = {
  file: 'docs/reference/status-openapi.json',
  render: statusOpenApiText,
};
