/** What operators have told this balancer itself: kept in a file, audited in the log, and one at a time. */
import type { Logger } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import type { Override, OverrideKey, RegistryView } from '@feedfleet/registry-client';
import type { OverrideFile } from './override-file.ts';
import { endOf, withBefore } from './override-operations.ts';

export interface OverridesOptions {
  readonly file: Pick<OverrideFile, 'load' | 'save'>;
  readonly log: Pick<Logger, 'warn' | 'error'>;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
}

const MAX_OVERRIDES = 1_000;

export class Overrides {
  readonly #options: OverridesOptions;
  #all: readonly Override[];
  /** One write of the file after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: OverridesOptions, all: readonly Override[]) {
    this.#options = options;
    this.#all = all;
  }

  /** A file that cannot be read costs the overrides in it, and is told: a balancer without them serves, and one that does not start does not. */
  static async open(options: OverridesOptions): Promise<Overrides> {
    try {
      return new Overrides(options, await options.file.load());
    } catch (error) {
      options.log.error('overrides cannot be read', error);
      return new Overrides(options, []);
    }
  }

  /** In the order in which they were set. The same array until one is set or cleared. */
  get all(): readonly Override[] {
    return this.#all;
  }

  /**
   * @param registry - what the registry says: nobody has to be told that again.
   * @throws {ProblemError} `FF_CONFLICT` when there are too many; what the file system throws.
   */
  set(override: Override, registry: Pick<RegistryView, 'instanceById'>): Promise<void> {
    return this.#inTurn(async () => {
      const now = this.#options.wallClock();
      const before = this.#all.find((each) => isOf(each, override));
      const others = this.#all.filter((each) => each !== before && endOf(each) > now && !isReplaced(each, override));
      if (others.length >= MAX_OVERRIDES) {
        throw new ProblemError('conflict', {
          detail: `there are ${MAX_OVERRIDES} overrides; clear some before you set more`,
        });
      }
      const needed = withBefore(override, before, registry);
      await this.#replace(needed === undefined ? others : [...others, needed]);
      const { entity, id, actor, value } = override;
      this.#audit('override set', { entity, id }, { actor, value: JSON.stringify(value) });
    });
  }

  /** @returns whether there was one. */
  clear(key: OverrideKey, actor: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const left = this.#all.filter((each) => !isOf(each, key));
      if (left.length === this.#all.length) return false;
      await this.#replace(left);
      this.#audit('override cleared', key, { actor });
      return true;
    });
  }

  async #replace(all: readonly Override[]): Promise<void> {
    await this.#options.file.save(all);
    this.#all = all;
  }

  #audit(what: string, { entity, id }: OverrideKey, rest: Readonly<Record<string, string>>): void {
    this.#options.log.warn(what, { 'feedfleet.entity': entity, 'feedfleet.entity_id': id, ...rest });
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

/** The writes are in one place: who gives them elsewhere takes back what was said before. */
function isReplaced(override: Override, by: Override): boolean {
  return override.entity === 'datacenter' && by.entity === 'datacenter';
}

function isOf(override: Override, { entity, id }: OverrideKey): boolean {
  return override.entity === entity && override.id === id;
}
