/** A real SMTP server on a port of its own, which keeps what it takes. */
import { createRequire } from 'node:module';
import type { AddressInfo, Server } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

interface Session {
  readonly envelope: { readonly rcptTo: readonly { readonly address: string }[] };
}

interface Library {
  readonly SMTPServer: new (options: {
    readonly disabledCommands: readonly string[];
    readonly onData: (stream: Readable, session: Session, done: (error?: Error) => void) => void;
  }) => {
    readonly server: Server;
    listen(port: number, host: string, ready: () => void): void;
    close(done: () => void): void;
  };
}

const require = createRequire(import.meta.url);
const { SMTPServer } = require('smtp-server') as Library;

interface Mail {
  readonly to: string;
  readonly text: string;
}

export interface MailServer {
  readonly url: string;
  readonly mails: readonly Mail[];
  close(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, { envelope }, done) => {
      text(stream).then((mail) => {
        mails.push({ to: envelope.rcptTo.map(({ address }) => address).join(), text: mail });
        done();
      }, done);
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    mails,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
