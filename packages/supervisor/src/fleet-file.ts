/**
 * What a fleet remembers of itself between starts, and where it is: `<data>/fleet.json`. Losing it costs nothing but new
 * ports. The command line reads the two addresses from it.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

export interface FleetAddresses {
  readonly registryUrl: string;
  readonly balancerUrl: string;
  /** Of the status page, where there is one. */
  readonly statusUrl?: string | undefined;
}

const fleetFileSchema = z.strictObject({
  format: z.literal(1),
  registryUrl: z.string().optional(),
  balancerUrl: z.string().optional(),
  statusUrl: z.string().optional(),
  /** By instance. */
  ports: z.record(z.string(), z.number().int().min(1).max(65_535)),
});

export class FleetFile {
  readonly #file: string;
  readonly #ports: Map<string, number>;
  #addresses: FleetAddresses | undefined;

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
    this.#write();
  }

  /** Where the fleet of this start is reached from this machine. */
  keepAddresses(addresses: FleetAddresses): void {
    this.#addresses = addresses;
    this.#write();
  }

  #write(): void {
    const content = { format: 1, ...this.#addresses, ports: Object.fromEntries(this.#ports) };
    const text = JSON.stringify(content, undefined, 2);
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
