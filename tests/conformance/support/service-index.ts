/** The service index of a server, and what it claims to serve. */
import type { Server } from './server.ts';

export interface Resource {
  readonly '@id': string;
  readonly '@type': string;
  readonly comment?: string;
  readonly clientVersion?: string;
}

export class ServiceIndex {
  readonly version: string;
  readonly resources: readonly Resource[];

  constructor(document: { readonly version: string; readonly resources: readonly Resource[] }) {
    this.version = document.version;
    this.resources = document.resources;
  }

  /** @returns undefined when it is not claimed. */
  find(type: string): string | undefined {
    return this.resources.find((resource) => resource['@type'] === type)?.['@id'];
  }

  /** Without a slash at the end. @throws Error when it is not claimed. */
  url(type: string): string {
    const found = this.find(type);
    if (found === undefined) throw new Error(`the service index has no ${type}`);
    return found.replace(/\/+$/, '');
  }
}

/** @returns the reason when there is none. */
export async function readServiceIndex(server: Server): Promise<ServiceIndex | string> {
  const url = server.addresses.v3;
  const answer = await server.send(url);
  if (answer.status !== 200) return `${answer.status} for its service index`;
  return new ServiceIndex(JSON.parse(answer.text) as ServiceIndex);
}
