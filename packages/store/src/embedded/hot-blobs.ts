/**
 * Contents of small blobs that are asked for often, bounded by bytes; what was used longest ago goes first.
 *
 * An entry is never wrong: the key is the hash of the content.
 */
export class HotBlobs {
  readonly #maxBytes: number;
  readonly #contents = new Map<string, Buffer>();
  #bytes = 0;

  /** @param maxBytes - bound of all contents together; 0 keeps nothing. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(sha512: string): Buffer | undefined {
    const content = this.#contents.get(sha512);
    if (content !== undefined) {
      this.#contents.delete(sha512);
      this.#contents.set(sha512, content);
    }
    return content;
  }

  set(sha512: string, content: Buffer): void {
    if (content.byteLength > this.#maxBytes) {
      return;
    }
    this.delete(sha512);
    this.#contents.set(sha512, content);
    this.#bytes += content.byteLength;
    for (const oldest of this.#contents.keys()) {
      if (this.#bytes <= this.#maxBytes) {
        return;
      }
      this.delete(oldest);
    }
  }

  delete(sha512: string): void {
    this.#bytes -= this.#contents.get(sha512)?.byteLength ?? 0;
    this.#contents.delete(sha512);
  }
}
