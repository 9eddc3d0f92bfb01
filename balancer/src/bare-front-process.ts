/**
 * The floor under the balancer, for its benchmark: Node's server and the connector, and nothing of what the balancer does between them. No
 * routes, headers, compartments, pools, health, metrics or logs. Started with its own port and the endpoint's.
 */
import { createServer } from 'node:http';
import { ConnectorTransport } from './connector-transport.ts';
import type { Target } from './transport.ts';

const [ownPort = 0, endpointPort = 0] = process.argv.slice(2).map(Number);
const transport = new ConnectorTransport();
const target: Target = {
  ...{ family: 'v3', instance: 'v3-1', protocol: 'http:', hostname: '127.0.0.1' },
  port: endpointPort,
};
const options = {
  ...{ timeoutMs: 60_000, idleTimeoutMs: 60_000, maxBodyBytes: 1_000 },
  ...{ headers: {}, withheld: new Set<string>(), responseHeaders: {} },
};

createServer({ optimizeEmptyRequests: true }, (request, response) => {
  void transport.forward(request, response, target, { ...options, path: request.url ?? '/' });
}).listen(ownPort, '127.0.0.1');
