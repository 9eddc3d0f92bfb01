/**
 * What every TLS context of ours allows: TLS 1.2 with forward secrecy and authenticated encryption, and 1.3.
 *
 * DHE is there for Windows Server 2012 R2, which knows no other such suite with RSA certificates.
 *
 * Source: Mozilla, "Server Side TLS", intermediate configuration 5.7; Node.js, "TLS", `dhparam: 'auto'`.
 */
import type { SecureContextOptions } from 'node:tls';

export const TLS_POLICY: SecureContextOptions = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
    'DHE-RSA-AES128-GCM-SHA256',
    'DHE-RSA-AES256-GCM-SHA384',
  ].join(':'),
  dhparam: 'auto',
  honorCipherOrder: false,
};
