/** Which blobs go, and which stay, when a push is refused or its process dies. */
import { describe, expect, it } from '@jest/globals';
import { OWNER, publish } from './store-under-test.ts';
import type { CurrentStore } from './store-under-test.ts';
import { sampleVersion, sha512Of } from './sample-packages.ts';

export function describeIntents(current: CurrentStore): void {
  describeDeadOwners(current);
  describeRefusedPushes(current);
}

function describeDeadOwners(current: CurrentStore): void {
  describe('the blobs of a process that died', () => {
    it('go when nothing refers to them, once', async () => {
      const { store, openAnother } = current();
      await store.intendBlob(sha512Of('x'), 'dead');
      await store.intendBlob(sha512Of('y'), 'dead');
      await store.intendBlob(sha512Of('z'), 'alive');
      const removed: string[] = [];
      const other = await openAnother();
      await expect(other.releaseIntents('dead', (sha512) => removed.push(sha512))).resolves.toEqual({ removed: 2 });
      expect(removed.toSorted()).toEqual([sha512Of('x'), sha512Of('y')].toSorted());
      await expect(other.releaseIntents('dead', (sha512) => removed.push(sha512))).resolves.toEqual({ removed: 0 });
    });

    it('stay when a version of any feed refers to them', async () => {
      const { store } = current();
      const added = sampleVersion({ id: 'A', version: '1.0.0' });
      await publish(store, 'f', added, 'alive');
      await store.intendBlob(added.sha512, 'dead');
      await expect(store.releaseIntents('dead', expectNoRemoval)).resolves.toEqual({ removed: 0 });
    });

    it('stay when another process is about to use them', async () => {
      const { store } = current();
      await store.intendBlob(sha512Of('x'), 'dead');
      await store.intendBlob(sha512Of('x'), 'alive');
      await expect(store.releaseIntents('dead', expectNoRemoval)).resolves.toEqual({ removed: 0 });
    });

    it('were settled by the pushes that were acknowledged', async () => {
      const { store } = current();
      const added = sampleVersion({ id: 'A', version: '1.0.0' });
      await store.intendBlob(added.sha512, OWNER);
      await store.addVersion('f', added, OWNER);
      const removed: string[] = [];
      await store.deleteVersion('f', 'A', '1.0.0', (sha512) => removed.push(sha512));
      expect(removed).toEqual([added.sha512]);
    });

    it('are not referred to by a push that goes on: it is told to try again, and nothing of it is seen', async () => {
      const { store, openAnother } = current();
      const added = sampleVersion({ id: 'A', version: '1.0.0' });
      await store.intendBlob(added.sha512, OWNER);
      await store.intendBlob(sha512Of('x'), OWNER);
      await (await openAnother()).releaseIntents(OWNER, () => undefined);
      await store.intendBlob(added.sha512, 'another');
      await expect(store.addVersion('f', added, OWNER)).rejects.toMatchObject({
        code: 'FF_STORE_UNAVAILABLE',
        status: 503,
      });
      expect(await store.versionsOf('f', 'A')).toEqual([]);
      expect(store.revisionOf('f')).toBe(0);
      await expect(publish(store, 'f', added, OWNER)).resolves.toBe('added');
    });

    it('are tried again when they could not be removed', async () => {
      const { store } = current();
      await store.intendBlob(sha512Of('x'), 'dead');
      const failing = (): void => {
        throw new Error('disk');
      };
      await expect(store.releaseIntents('dead', failing)).rejects.toMatchObject({ code: 'FF_INTERNAL' });
      const removed: string[] = [];
      await store.releaseIntents('dead', (sha512) => removed.push(sha512));
      expect(removed).toEqual([sha512Of('x')]);
    });
  });
}

function describeRefusedPushes(current: CurrentStore): void {
  describe('the blob of a refused push', () => {
    it('goes when nothing needs it', async () => {
      const { store } = current();
      const removed: string[] = [];
      await store.intendBlob(sha512Of('x'), OWNER);
      await store.abandonBlob(sha512Of('x'), OWNER, (sha512) => removed.push(sha512));
      expect(removed).toEqual([sha512Of('x')]);
    });

    it('stays for another push of the same content by the same process', async () => {
      const { store } = current();
      const added = sampleVersion({ id: 'A', version: '1.0.0' });
      await store.intendBlob(added.sha512, OWNER);
      await store.intendBlob(added.sha512, OWNER);
      await store.abandonBlob(added.sha512, OWNER, expectNoRemoval);
      await expect(store.addVersion('f', added, OWNER)).resolves.toBe('added');
    });

    it('stays for the version that was there before, also in another feed', async () => {
      const { store } = current();
      const added = sampleVersion({ id: 'A', version: '1.0.0' });
      await publish(store, 'f', added, OWNER);
      await store.intendBlob(added.sha512, OWNER);
      await expect(store.addVersion('f', added, OWNER)).resolves.toBe('duplicate');
      await store.abandonBlob(added.sha512, OWNER, expectNoRemoval);
      await publish(store, 'g', added, OWNER);
      await store.deleteVersion('f', 'A', '1.0.0', expectNoRemoval);
      const removed: string[] = [];
      await store.deleteVersion('g', 'A', '1.0.0', (sha512) => removed.push(sha512));
      expect(removed).toEqual([added.sha512]);
    });
  });
}

function expectNoRemoval(sha512: string): void {
  throw new Error(`blob ${sha512} is still needed`);
}
