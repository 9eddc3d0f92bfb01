/** The status process: a page about the fleet that needs nothing of the fleet. */
import path from 'node:path';

import { createLogger, createMetrics, hostOptionsOf, runProcess } from '@feedfleet/host';
import { systemClock } from '@feedfleet/registry-client';
import { loadSettings } from '@feedfleet/settings';

import { LogOutput, goOnAlone } from './alone.ts';
import { statusParts } from './parts.ts';
import { settingsSchema } from './settings.ts';
import { startStatus } from './start-status.ts';

await runProcess({
  name: 'status',
  compose: async (environment, _signal, begin) => {
    const settings = loadSettings(settingsSchema, { environment, prefix: 'FEEDFLEET_' });
    const { instance, dataFolder, registryToken, logLevel, aloneLogFile: logFile } = settings;
    const output = new LogOutput((line) => void process.stdout.write(`${line}\n`));
    const write = (line: string): void => output.write(line);
    const log = createLogger({ service: 'status', instance, level: logLevel, write });
    const restart = registryToken === undefined ? {} : { restart: { token: registryToken, begin } };
    const status = await startStatus({
      databaseFile: path.join(dataFolder, 'status', 'status.db'),
      parts: statusParts,
      settings,
      host: { ...hostOptionsOf(settings), opsListen: { host: settings.opsHost, port: settings.opsPort }, ...restart },
      log,
      newMetrics: () => createMetrics({ service: 'status', instance }),
      clock: systemClock,
      random: Math.random,
    });
    if (logFile === undefined) return status;
    return { ...status, goOnAlone: (end) => goOnAlone({ logFile, dataFolder, output, log, end }) };
  },
});
