/**
 * What a foreign source says of itself: the resources of a v3 service index, or the functions of a v2 service.
 *
 * Source: NuGet server API, "Service index"; OData 2.0, "Conceptual Schema Definition Language", `FunctionImport`.
 */
import type { Ask, SourceAnswer } from './package-source.ts';
import { parseJson } from './json-document.ts';
import { answering } from './source-call.ts';
import type { DocumentReader, ForeignSourceOptions } from './source-call.ts';
import { malformed } from './source-refusal.ts';
import { isObject, listOf } from './told-values.ts';
import { V2Links } from './v2-links.ts';

/** Types of resources, or names of functions: sorted, each once, bounded. */
export type ServiceDescription = readonly string[];

export type ForeignProtocol = 'v2' | 'v3';

const MAX_BYTES = 1024 ** 2;
const MAX_NAMES = 200;
const MAX_NAME_CHARACTERS = 100;

/** Its `value` is null where there is nothing of the kind (404). */
export function describeService(
  protocol: ForeignProtocol,
  options: ForeignSourceOptions,
  ask: Ask,
): Promise<SourceAnswer<ServiceDescription | null>> {
  const url = protocol === 'v3' ? options.url : `${new V2Links(options.url).base}/$metadata`;
  return answering(options, ask, async (call) => {
    const document = await call.read(url, protocol === 'v3' ? resourceTypes : functionNames);
    return { value: document?.value ?? null, tag: document?.digest ?? 'none' };
  });
}

const resourceTypes: DocumentReader<ServiceDescription> = {
  accept: 'application/json',
  maxBytes: MAX_BYTES,
  read: async (body, signal) => {
    const document = await parseJson(body, signal);
    if (!isObject(document) || !Array.isArray(document.resources)) {
      throw malformed('The URL of the source leads to JSON that is no service index of NuGet v3');
    }
    const resources = listOf(document.resources).filter(isObject);
    return namesIn(resources.flatMap((resource) => resource['@type']));
  },
};

const functionNames: DocumentReader<ServiceDescription> = {
  accept: 'application/xml',
  maxBytes: MAX_BYTES,
  read: (body) => {
    const text = body.toString('utf8');
    if (!text.slice(0, 4096).includes('Edmx'))
      throw malformed('The URL of the source leads to what does not speak NuGet v2');
    const names = [...text.matchAll(/<FunctionImport\s[^<>]{0,200}?Name=["']([^"'<>]{1,100})["']/g)].map(
      ([, name]) => name,
    );
    return Promise.resolve(namesIn(names));
  },
};

function namesIn(values: readonly unknown[]): ServiceDescription {
  const names = values
    .filter((value) => typeof value === 'string')
    .filter((name) => name.length <= MAX_NAME_CHARACTERS);
  return [...new Set(names.map((name) => name.replace(/\p{Cc}/gu, ' ')))].sort().slice(0, MAX_NAMES);
}
