/** What the balancer reads of the registry. */
import type { RegistryView } from '@feedfleet/registry-client';

export type FleetView = Pick<
  RegistryView,
  | 'number'
  | 'families'
  | 'routeTable'
  | 'routes'
  | 'instancesOf'
  | 'feedByName'
  | 'feedById'
  | 'familyById'
  | 'keyByHash'
  | 'reroutes'
  | 'quarantineOf'
  | 'datacenters'
>;
