/** Opens the credentials of package sources, each once for as long as it is in use. */
import { ProblemError } from '@feedfleet/problems';
import { unsealSecret } from '@feedfleet/registry-client';
import type { Source } from '@feedfleet/registry-client';

/** Secrets that are held open; with one more, all are forgotten. */
const MAX_OPEN = 1000;

export class SourceSecrets {
  readonly #sealing: Buffer;
  readonly #open = new Map<string, string>();

  /** @param sealing - of `fleetKeys`. */
  constructor(sealing: Buffer) {
    this.#sealing = sealing;
  }

  /**
   * @returns null for a source without a credential.
   * @throws {ProblemError} `FF_SOURCE_UNAVAILABLE` for one that was sealed with another fleet secret.
   */
  of({ id, credential }: Pick<Source, 'id' | 'credential'>): string | null {
    if (credential === null) return null;
    const name = `${id}\n${credential.secret}`;
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const secret = unsealSecret(this.#sealing, id, credential.secret);
    if (secret === undefined) {
      throw new ProblemError('sourceUnavailable', { detail: 'its credential was sealed with another fleet secret' });
    }
    if (this.#open.size >= MAX_OPEN) this.#open.clear();
    this.#open.set(name, secret);
    return secret;
  }
}
