/** The registry's wire on axios, which is loaded with the first request: nobody else pays for it. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

import { maxAnswerBytes, parsedJson } from './registry-sender.ts';
import type { RegistryAnswer, RegistryRequest } from './registry-sender.ts';

export async function sendByAxios(request: RegistryRequest): Promise<RegistryAnswer> {
  const { method, url, token, body, timeoutMs, signal } = request;
  const { default: axios } = await import('axios');
  const response = await axios
    .request<string>({
      method,
      url: url.href,
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      ...(body === undefined ? {} : { data: body }),
      ...(signal === undefined ? {} : { signal }),
      timeout: timeoutMs,
      httpAgent: new HttpAgent({ keepAlive: false }),
      httpsAgent: new HttpsAgent({ keepAlive: false }),
      maxRedirects: 0,
      maxContentLength: maxAnswerBytes,
      proxy: false,
      responseType: 'text',
      validateStatus: () => true,
    })
    .catch((error: unknown) => {
      if (!axios.isAxiosError(error)) throw error;
      // Without the request that axios attaches, since its headers hold the token.
      throw Object.assign(new Error(error.message), error.code === undefined ? {} : { code: error.code });
    });
  return { status: response.status, data: parsedJson(response.data) };
}
