/**
 * Families of which a process serves requests in their place, with parts of their own beside its own: opened with the first such
 * request, and closed with the process.
 */
import type { IncomingMessage } from 'node:http';

import type { Logger, Metrics, RawHandler } from '@feedfleet/host';
import type { RegistryMirror } from '@feedfleet/registry-client';
import type { EmbeddedStoreOptions } from '@feedfleet/store';
import type { z } from 'zod';

import type { AlternateHandlers } from './alternates.ts';
import type { feedFamilySettingsSchema } from './feed-family-settings.ts';

export interface StandInParts {
  readonly settings: z.output<typeof feedFamilySettingsSchema>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly registry: RegistryMirror;
  /** Of the process, for `openEmbeddedStore`. */
  readonly remoteBlobs: EmbeddedStoreOptions['remoteBlobs'];
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Aborts when the process is to end. */
  readonly signal: AbortSignal;
}

export interface OpenStandIn {
  readonly handler: RawHandler;
  /** Told of each question whether the process is ready. */
  readonly checked?: (request: IncomingMessage) => void;
  /** When no request is under way any more. */
  close(): Promise<void>;
}

export interface StandIn {
  /** Whether an earlier run of this process has left what only opening it takes back. */
  hasLeft(settings: StandInParts['settings']): boolean;
  open(parts: StandInParts): Promise<OpenStandIn>;
}

/** By family. */
export type StandInFamilies = Readonly<Record<string, StandIn>>;

export class StandIns {
  readonly #families: StandInFamilies;
  readonly #parts: StandInParts;
  readonly #opened = new Map<string, Promise<OpenStandIn>>();
  readonly #serving: OpenStandIn[] = [];

  constructor(families: StandInFamilies, parts: StandInParts) {
    this.#families = families;
    this.#parts = parts;
  }

  get handlers(): AlternateHandlers {
    const entries = Object.entries(this.#families);
    return Object.fromEntries(
      entries.map(([family, standIn]) => [family, async () => (await this.#open(family, standIn)).handler]),
    );
  }

  /** For `startHost({ checked })`. */
  readonly checked = (request: IncomingMessage): void => {
    for (const standIn of this.#serving) standIn.checked?.(request);
  };

  /** Takes back what an earlier run has left in the middle. Never rejects: the next one that is opened tries again. */
  async recover(): Promise<void> {
    const { settings, log } = this.#parts;
    for (const [family, standIn] of Object.entries(this.#families)) {
      if (!standIn.hasLeft(settings)) continue;
      await this.#open(family, standIn).catch((error: unknown) => log.error('what was left is not taken back', error));
    }
  }

  async close(): Promise<void> {
    for (const opened of this.#opened.values()) await (await opened.catch(() => undefined))?.close();
  }

  #open(family: string, standIn: StandIn): Promise<OpenStandIn> {
    const known = this.#opened.get(family);
    if (known !== undefined) return known;
    const { log } = this.#parts;
    const opening = standIn.open(this.#parts);
    this.#opened.set(family, opening);
    opening.then(
      (opened) => {
        this.#serving.push(opened);
        log.info('stands in for a family', { 'feedfleet.family': family });
      },
      () => this.#opened.delete(family),
    );
    return opening;
  }
}
