/** Registrations by every name that clients look for. */

/** Whether old clients, which know no SemVer 2.0.0, look there; and whether it is zipped. */
export const HIVES = [
  { type: 'RegistrationsBaseUrl', isOld: true, isZipped: false },
  { type: 'RegistrationsBaseUrl/3.0.0-beta', isOld: true, isZipped: false },
  { type: 'RegistrationsBaseUrl/3.4.0', isOld: true, isZipped: true },
  { type: 'RegistrationsBaseUrl/3.6.0', isOld: false, isZipped: true },
  { type: 'RegistrationsBaseUrl/Versioned', isOld: false, isZipped: true },
] as const;
