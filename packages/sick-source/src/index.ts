export { makeTestCertificates } from './certificates.ts';
export type { TestCertificates } from './certificates.ts';
export { SickSource } from './sick-source.ts';
export type { Health, OnlyPackage, ServerCertificates } from './sick-source.ts';
