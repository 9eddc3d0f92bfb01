/** Asks processes whether they are ready, as the balancer does: `GET /health/ready`. */
import axios from 'axios';

import { isOwnMachine } from './own-machine.ts';

export interface ReadinessProbe {
  /** Base address, without a slash at the end. */
  readonly url: string;
  readonly signal: AbortSignal;
  /** Default 2,000. */
  readonly timeoutMs?: number;
}

/** `silent`: nothing answered in time, which is not the same as a 503. */
export interface Readiness {
  readonly outcome: 'ready' | 'notReady' | 'silent';
  /** HTTP status; 0 when silent. */
  readonly status: number;
}

const DEFAULT_TIMEOUT_MS = 2000;
const MAX_ANSWER_BYTES = 64 * 1024;

export async function probeReadiness(probe: ReadinessProbe): Promise<Readiness> {
  try {
    const { status } = await axios.get<string>(`${probe.url.replace(/\/+$/, '')}/health/ready`, {
      signal: AbortSignal.any([probe.signal, AbortSignal.timeout(probe.timeoutMs ?? DEFAULT_TIMEOUT_MS)]),
      responseType: 'text',
      maxContentLength: MAX_ANSWER_BYTES,
      maxRedirects: 0,
      validateStatus: () => true,
      ...(isOwnMachine(probe.url) ? { proxy: false } : {}),
    });
    return { outcome: status === 200 ? 'ready' : 'notReady', status };
  } catch {
    probe.signal.throwIfAborted();
    return { outcome: 'silent', status: 0 };
  }
}
