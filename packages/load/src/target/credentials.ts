/** Credentials of a target: for the scheme, host and port that the user gave them for, and for nobody that it leads to. Pure. */

export class TargetCredentials {
  readonly #origin: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param url - anything at the target. */
  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.#origin = new URL(url).origin;
    this.#headers = headers;
  }

  mayGoTo(url: string): boolean {
    return new URL(url).origin === this.#origin;
  }

  /** Of a request to the URL; none for another server. */
  headersFor(url: string): Readonly<Record<string, string>> {
    return this.mayGoTo(url) ? this.#headers : {};
  }
}
