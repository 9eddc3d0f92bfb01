/** An authority that nobody knows but the test, and the certificates of its servers on the loopback address. */
import { makeCertificate } from '@feedfleet/test-certificates';
import type { Certificate } from '@feedfleet/test-certificates';

const DAY_MS = 86_400_000;

export class TestAuthority {
  readonly #issuer = makeCertificate({
    commonName: 'Authority of the tests',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
  });

  /** PEM. */
  get certificate(): string {
    return this.#issuer.certificate;
  }

  /** @param validMs - from now; below 0 for one that has expired. */
  issue(validMs = DAY_MS): Certificate {
    return makeCertificate({
      commonName: 'Storage of the tests',
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + validMs),
      addresses: ['127.0.0.1'],
      issuer: this.#issuer,
    });
  }
}
