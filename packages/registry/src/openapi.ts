/** The description of the registry's API, as it is served and as it lies in the reference. */
import { describeApi } from '@feedfleet/host';
import * as client from '@feedfleet/registry-client';

import { apiOperations } from './api-operations.ts';

export function openApiText(): string {
  return describeApi({
    title: 'Feedfleet registry',
    description:
      'Feeds, their package sources, API keys, families, instances and routes of a fleet; a numbered log of every change.',
    operations: apiOperations,
    named: {
      Feed: client.feedSchema,
      Source: client.sourceSummarySchema,
      Key: client.keySummarySchema,
      StoredKey: client.apiKeySchema,
      StoredSource: client.sourceSchema,
      Family: client.familySchema,
      Instance: client.instanceSchema,
      Route: client.routeSchema,
      Reroute: client.rerouteSchema,
      Quarantine: client.quarantineSchema,
      Datacenter: client.datacenterSchema,
      Change: client.changeSchema,
      Subscriber: client.subscriberSchema,
      ChangeReceipt: client.changeReceiptSchema,
    },
    accessWords: {
      manager: 'Needs a key with the scope `manage`; one for certain feeds sees and changes those only.',
      administrator: 'Needs a key with the scope `manage` for all feeds, or the operator token.',
      operator: 'Needs the operator token.',
    },
    securitySchemes: {
      bearer: { type: 'http', scheme: 'bearer', description: 'The operator token, or an API key.' },
      apiKey: { type: 'apiKey', in: 'header', name: 'X-NuGet-ApiKey' },
    },
    securityOf: (access) => (access === 'operator' ? [{ bearer: [] }] : [{ bearer: [] }, { apiKey: [] }]),
  });
}
