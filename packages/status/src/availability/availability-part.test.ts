import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { expect, it } from '@jest/globals';

import { openStatusUnderTest } from '../status-under-test.ts';
import { availabilityPart } from './availability-part.ts';

it('counts no request twice when what a balancer had counted before was damaged', async () => {
  let looked = Promise.withResolvers<undefined>();
  // It began after whoever watches it, also after that began again.
  const text = `feedfleet_balancer_requests_total{family="v3",outcome="complete"} 100\nprocess_start_time_seconds ${Date.now() / 1000 + 3600}\n`;
  const balancer = createServer((_request, response) => {
    response.end(text, () => looked.resolve(undefined));
  });
  await new Promise<void>((resolve) => balancer.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
  const status = await openStatusUnderTest({ parts: [availabilityPart], settings: { balancerOpsUrls: [url] } });
  const file = path.join(status.folder, 'status', 'status.db');
  const counted = (sql: string): unknown => {
    const database = new DatabaseSync(file);
    database.exec(sql);
    const rows = database.prepare('SELECT sum(every) AS every FROM availability_month').get();
    database.close();
    return rows?.every;
  };
  const took = async (): Promise<void> => {
    await looked.promise;
    while (!hasTaken()) await new Promise(setImmediate);
    await status.stop();
  };
  const hasTaken = (): boolean =>
    status.context().database.get('SELECT count(*) AS count FROM availability_last WHERE counts NOT LIKE ?', '%"a"%')
      ?.count === 1;
  await took();
  expect(counted(`UPDATE availability_last SET counts = '{"a":'`)).toBe(100);
  looked = Promise.withResolvers<undefined>();
  await status.restart();
  await took();
  expect(counted('')).toBe(100);
  expect(status.logged()).toContain('what a balancer had counted could not be read and begins anew');
  await status.dispose();
  balancer.closeAllConnections();
  await new Promise((resolve) => balancer.close(resolve));
});
