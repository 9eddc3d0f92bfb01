/**
 * The mirror of a process: keeps packages that are downloaded from sources, and what the sources say about ids, in the store that all
 * processes share.
 *
 * Nobody waits for it: a package is copied while it goes to the client, words are written when the answer is on its way, and what cannot be
 * kept is told to `onFault` and to nobody else.
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

import { writeKeptVersions } from '@feedfleet/leaf-protocol';
import type { PackageSource, SourceContent, SourceVersion, VersionsById } from '@feedfleet/package-sources';
import type { CopiedSource, NewSourceDocument, RemoveBlob } from '@feedfleet/store';

import { copiedBody } from './copied-body.ts';
import { DENIED_TAG } from './mirror-options.ts';
import type { CopiedVersion, Keeping, MirrorOptions } from './mirror-options.ts';
import { MirroredSource } from './mirrored-source.ts';

interface MirroredSourceOptions {
  /** How long the source's words may stand in for it, in milliseconds. */
  readonly staleMs: number;
}

/** Copies and words on their way into the store; what comes while there are so many is not kept this time. */
const MAX_UNDER_WAY = 64;
/** Ids whose words are known to be in the store. */
const MAX_WRITTEN = 10_000;
/** Words that stay the same are written anew after this time, in milliseconds, so that they count as said lately. */
const REWRITE_MS = 3_600_000;
const FOR_EVER = new AbortController().signal;

interface Written {
  /** Of the source's answer. */
  readonly answerTag: string;
  readonly tag: string;
  readonly atMs: number;
}

export class Mirror implements Keeping {
  readonly #options: MirrorOptions;
  readonly #underWay = new Set<Promise<void>>();
  /** Packages that are copied at the moment. */
  readonly #copying = new Set<string>();
  readonly #written = new Map<string, Written>();
  #recovered: Promise<void> | undefined;
  #isFull = false;

  constructor(options: MirrorOptions) {
    this.#options = options;
  }

  /** The source with what is kept of it. Cheap: to be called for each query. */
  of(source: PackageSource, copied: CopiedSource, { staleMs }: MirroredSourceOptions): PackageSource {
    const { copies, blobs, now, onFault } = this.#options;
    return new MirroredSource({ source, copied, staleMs, mirror: this, copies, blobs, now, onFault });
  }

  /** When no request is under way any more. */
  async close(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  remember(copied: CopiedSource, said: VersionsById, answer: { readonly tag: string; readonly toldMs: number }): void {
    const fresh = [...said].filter(([id]) => !this.#isWritten(keyOf(copied, id), answer.tag));
    if (fresh.length > 0) this.#run(() => this.#write(copied, fresh, answer));
  }

  deny(copied: CopiedSource, ids: readonly string[]): void {
    for (const id of ids) this.#written.delete(keyOf(copied, id));
    this.#run(() => this.#writeDenial(copied, ids));
  }

  copying(copied: CopiedSource, version: CopiedVersion, content: SourceContent): SourceContent {
    const key = keyOf(copied, `${version.id}/${version.normalizedVersion}`);
    const { maxPackageBytes } = this.#options;
    const open = (signal: AbortSignal): Readable => {
      const body = content.open(signal);
      const isTooLarge = content.sizeBytes !== null && content.sizeBytes > maxPackageBytes;
      if (isTooLarge || this.#isFull || this.#copying.has(key) || this.#underWay.size >= MAX_UNDER_WAY) return body;
      const { client, copy, abandon } = copiedBody(body);
      this.#copying.add(key);
      this.#run(() =>
        this.#keep(copied, version, { copy, sha512: content.sha512 }).finally(() => {
          abandon();
          this.#copying.delete(key);
        }),
      );
      return client;
    };
    return { ...content, open };
  }

  #isWritten(key: string, answerTag: string): boolean {
    const written = this.#written.get(key);
    return written?.answerTag === answerTag && this.#options.now() - written.atMs < REWRITE_MS;
  }

  async #write(
    copied: CopiedSource,
    said: readonly (readonly [string, readonly SourceVersion[]])[],
    { tag: answerTag, toldMs }: { readonly tag: string; readonly toldMs: number },
  ): Promise<void> {
    const { copies, now } = this.#options;
    const documents: NewSourceDocument[] = [];
    const written: [string, Written][] = [];
    for (const [id, versions] of said) {
      const content = await writeKeptVersions(versions, FOR_EVER);
      const tag = createHash('sha256').update(content).digest('base64url').slice(0, 22);
      const key = keyOf(copied, id);
      const former = this.#written.get(key);
      const isSame = former?.tag === tag && now() - former.atMs < REWRITE_MS;
      written.push([key, { answerTag, tag, atMs: isSame ? former.atMs : now() }]);
      if (!isSame) documents.push({ id, content, tag, toldMs, isNegative: versions.length === 0 });
    }
    if (documents.length > 0) await copies.putDocuments(copied, documents);
    if (this.#written.size + written.length > MAX_WRITTEN) this.#written.clear();
    for (const [key, state] of written) this.#written.set(key, state);
  }

  async #writeDenial(copied: CopiedSource, ids: readonly string[]): Promise<void> {
    const { copies } = this.#options;
    const known = await copies.documents(copied, ids);
    const denied = ids.filter((id) => known.get(id.toLowerCase())?.tag !== DENIED_TAG);
    // Words that were said so long ago stand in for nothing.
    const words = { content: Buffer.alloc(0), tag: DENIED_TAG, toldMs: 0, isNegative: true };
    if (denied.length > 0)
      await copies.putDocuments(
        copied,
        denied.map((id) => ({ id, ...words })),
      );
  }

  /** As a push: staged, announced, put in place, made visible. */
  async #keep(
    copied: CopiedSource,
    version: CopiedVersion,
    { copy, sha512 }: { readonly copy: AsyncIterable<Buffer>; readonly sha512: string | null },
  ): Promise<void> {
    const { blobs, copies, owner, maxBytes, maxPackageBytes } = this.#options;
    await this.#recoveredOnce();
    const staged = await blobs.stage(copy, { maxBytes: maxPackageBytes });
    try {
      if (sha512 !== null && sha512 !== staged.sha512) throw new Error('a package is not the one that was announced');
      const removeBlob: RemoveBlob = (unneeded) => blobs.remove(unneeded);
      await copies.intendBlob(staged.sha512, owner);
      try {
        await blobs.commit(staged);
        const file = { ...version, sha512: staged.sha512, sizeBytes: staged.sizeBytes };
        const outcome = await copies.add(copied, file, { owner, maxBytes, removeBlob });
        if (outcome === 'full') this.#stop();
      } catch (error) {
        await copies.abandonBlob(staged.sha512, owner, removeBlob);
        throw error;
      }
    } finally {
      // After a commit there is nothing to discard, and discarding again is harmless.
      await blobs.discard(staged);
    }
  }

  /** One that failed is tried again with the next copy. */
  #recoveredOnce(): Promise<void> {
    this.#recovered ??= this.#recover().catch((error: unknown) => {
      this.#recovered = undefined;
      throw error;
    });
    return this.#recovered;
  }

  /** What a process of this name left when it died. One that still drains loses what it is about to keep, and nothing else. */
  async #recover(): Promise<void> {
    const { blobs, copies, owner } = this.#options;
    await blobs.sweepStaging();
    await copies.releaseIntents(owner, (unneeded) => blobs.remove(unneeded));
  }

  /** No more copies are made until the process starts again: each would be downloaded to the disk in vain. */
  #stop(): void {
    this.#isFull = true;
    this.#options.onFault(new Error(`mirrors are full: all copies together have ${this.#options.maxBytes} bytes`));
  }

  #run(work: () => Promise<void>): void {
    if (this.#underWay.size >= MAX_UNDER_WAY) return;
    const running = work()
      .catch((error: unknown) => this.#options.onFault(error))
      .finally(() => this.#underWay.delete(running));
    this.#underWay.add(running);
  }
}

function keyOf({ feedId, sourceId, origin }: CopiedSource, what: string): string {
  return `${feedId}\n${sourceId}\n${origin}\n${what.toLowerCase()}`;
}
