/** What a fleet remembers of itself between starts: `<data>/fleet.json`. Losing it costs nothing but new ports. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const fleetFileSchema = z.strictObject({
  format: z.literal(1),
  /** By instance. */
  ports: z.record(z.string(), z.number().int().min(1).max(65_535)),
});

export class FleetFile {
  readonly #file: string;
  readonly #ports: Map<string, number>;

  private constructor(file: string, ports: Map<string, number>) {
    this.#file = file;
    this.#ports = ports;
  }

  /** A file that is missing or damaged counts as empty. */
  static open(dataFolder: string): FleetFile {
    const file = path.join(dataFolder, 'fleet.json');
    return new FleetFile(file, new Map(Object.entries(readPorts(file))));
  }

  portOf(instance: string): number | undefined {
    return this.#ports.get(instance);
  }

  /** Ports of everybody but `instance`. */
  portsOfOthers(instance: string): ReadonlySet<number> {
    return new Set([...this.#ports].filter(([name]) => name !== instance).map(([, port]) => port));
  }

  /** Written whole and renamed, so that no half file is ever read. */
  keepPort(instance: string, port: number): void {
    if (this.#ports.get(instance) === port) return;
    this.#ports.set(instance, port);
    const text = JSON.stringify({ format: 1, ports: Object.fromEntries(this.#ports) }, undefined, 2);
    writeFileSync(`${this.#file}.new`, `${text}\n`, { mode: 0o600, flush: true });
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function readPorts(file: string): Readonly<Record<string, number>> {
  try {
    return fleetFileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).ports;
  } catch {
    return {};
  }
}
