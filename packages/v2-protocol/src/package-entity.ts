/** One package as a resource: `Packages(Id='X',Version='1.0')`, its properties `Id` and `Version`, and `$value`, its file. */
import type { Answer } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { StoredVersion } from '@feedfleet/store';
import { entryAnswer, propertyAnswer } from './atom-document.ts';
import { checkOptions, parseShape } from './collection-request.ts';
import type { EntityShape } from './entity-shape.ts';
import { shown } from './odata-literal.ts';
import { parsePackageKey } from './odata-url.ts';
import type { ODataPath, QueryOptions } from './odata-url.ts';
import type { Viewpoint } from './package-property.ts';

export interface PackageEntityRequest {
  readonly entity: EntityShape;
  readonly baseUrl: string;
  readonly path: ODataPath;
  readonly options: QueryOptions;
  readonly viewpoint: Viewpoint;
  /** @throws ProblemError `FF_NO_SUCH_PACKAGE` for what does not exist in the protocol. */
  readonly find: (id: string, version: string) => Promise<StoredVersion>;
  /** The file. @throws as `find`. */
  readonly download: (id: string, version: string) => Promise<Answer>;
}

/**
 * @returns undefined for a property that there is not.
 * @throws ProblemError `FF_INVALID_QUERY` for a wrong key or wrong options; `FF_NO_SUCH_PACKAGE`.
 */
export async function answerPackage(request: PackageEntityRequest): Promise<Answer | undefined> {
  const { path, options } = request;
  checkOptions(options);
  const given = path.arguments ?? '';
  const key = parsePackageKey(given);
  if (key === undefined) {
    const detail = `expected Packages(Id='X',Version='1.0.0'), got Packages(${shown(given).slice(1, -1)})`;
    throw new ProblemError('invalidQuery', { detail });
  }
  const property = path.segments.slice(1).join('/');
  if (property === '$value') return request.download(key.id, key.version);
  const row = await request.find(key.id, key.version);
  switch (property) {
    case '':
      return entryAnswer(row, { ...request, shape: parseShape(options) });
    case 'Id':
      return propertyAnswer('Id', row.id);
    case 'Version':
      return propertyAnswer('Version', row.version);
    default:
      return undefined;
  }
}
