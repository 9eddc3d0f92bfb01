/**
 * What a browser may do with a page: nothing but show it, run its one script and let that ask for the page again.
 *
 * Source: Content Security Policy Level 3, sections 6.1 and 8.4 (hashes of what stands in the page itself).
 */
import { createHash } from 'node:crypto';

import { pageScript } from './script.ts';
import { styleSheet } from './style.ts';

/** Sent with every page of HTML. */
export function pageGuards(): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': `${contentPolicy()}; frame-ancestors 'none'`,
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
  };
}

/** Also inside the page, for hosts that send no headers of ours. */
export function contentPolicy(): string {
  return (
    `default-src 'none'; style-src '${hashOf(styleSheet())}'; script-src '${hashOf(pageScript())}'; img-src data:; ` +
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
  );
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
