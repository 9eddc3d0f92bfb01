import { HttpProxyTransport } from './http-proxy-transport.ts';
import { describeTransport } from './conformance/describe-transport.ts';

describeTransport('http-proxy 1.18.1 with the guards', () => new HttpProxyTransport());
