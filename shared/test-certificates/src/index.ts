export { makeCertificate } from './make-certificate.ts';
export type { Certificate, CertificateOptions, Issuer } from './make-certificate.ts';
