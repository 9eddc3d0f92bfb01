/**
 * Sends a notice as mail. The library is loaded with the first mail, because most fleets send none on most days.
 *
 * Source: RFC 5322, section 3.6.4 (threads); RFC 8058 (leaving by one click); RFC 3834 (nobody answers a machine).
 */
import type { Transporter } from 'nodemailer';

import { DeliveryFailure } from './delivery-failure.ts';
import type { SentNotice } from './notice.ts';

const CONNECT_LIMIT_MS = 10_000;
const SILENCE_LIMIT_MS = 30_000;

export interface MailSettings {
  /** `smtp://user:password@host:587`, `smtps://...`. */
  readonly smtpUrl: string;
  readonly from: string;
}

export interface Letter {
  readonly to: string;
  readonly notice: SentNotice;
  /** The same for every attempt. */
  readonly id: string;
  /** Where a reader leaves. */
  readonly leavingUrl: string;
  /** Of the status page. */
  readonly pageUrl: string;
}

function isOwnMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

export class MailSender {
  readonly #settings: MailSettings | undefined;
  #transport: Promise<Transporter> | undefined;

  constructor(settings: MailSettings | undefined) {
    this.#settings = settings;
  }

  get isSet(): boolean {
    return this.#settings !== undefined;
  }

  /** @throws {DeliveryFailure} */
  async send(letter: Letter): Promise<void> {
    const settings = this.#settings;
    if (settings === undefined) {
      throw new DeliveryFailure('no mail server is set: set smtpUrl and mailFrom', { isRefused: true });
    }
    this.#transport ??= openTransport(settings);
    const transport = await this.#transport;
    try {
      await transport.sendMail(composed(letter, settings.from));
    } catch (error) {
      const { responseCode = 0, message } = error as Error & { readonly responseCode?: number };
      const password = decodeURIComponent(new URL(settings.smtpUrl).password);
      const told = password === '' ? message : message.replaceAll(password, '***');
      throw new DeliveryFailure(told, { isRefused: responseCode >= 500, cause: error });
    }
  }
}

async function openTransport({ smtpUrl }: MailSettings): Promise<Transporter> {
  const { createTransport } = await import('nodemailer');
  const { protocol, hostname, port, username, password } = new URL(smtpUrl);
  const secure = protocol === 'smtps:';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return createTransport({
    host,
    port: Number(port) || (secure ? 465 : 587),
    secure,
    ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    // A password crosses no network in the clear.
    requireTLS: username !== '' && !isOwnMachine(host),
    connectionTimeout: CONNECT_LIMIT_MS,
    greetingTimeout: CONNECT_LIMIT_MS,
    socketTimeout: SILENCE_LIMIT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function composed({ to, notice, id, leavingUrl, pageUrl }: Letter, from: string): object {
  const host = new URL(pageUrl).hostname;
  const thread = `<${notice.thread}@${host}>`;
  return {
    from,
    to: { name: '', address: to },
    subject: notice.subject.replaceAll(/\s+/g, ' '),
    text: `${notice.text}\n\nStatus page: ${pageUrl}\nNo more of these mails: ${leavingUrl}\n`,
    messageId: `<${id}@${host}>`,
    references: thread,
    inReplyTo: thread,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'List-Unsubscribe': `<${leavingUrl}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
  };
}
