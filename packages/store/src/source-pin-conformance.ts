/** What every store of source pins does, run over each implementation. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SourcePins } from './source-pins.ts';

export interface SourcePinsUnderTest {
  readonly pins: SourcePins;
  /** The same pins, as another process has them that only reads packages; closed by `dispose`. */
  readonly openAnother: () => Promise<SourcePins>;
  /** The instant of the clock, which stands still. */
  readonly now: string;
  readonly dispose: () => Promise<void>;
}

export function describeSourcePins(name: string, open: () => Promise<SourcePinsUnderTest>): void {
  describe(`the source pins on ${name}`, () => {
    let opened: SourcePinsUnderTest;
    let pins: SourcePins;
    beforeEach(async () => {
      opened = await open();
      ({ pins } = opened);
    });
    afterEach(() => opened.dispose());

    it('keep an id with the source that served it first, without case', async () => {
      expect(await pins.pin('f', 'Acme.Core', 'source-1')).toBe('pinned');
      expect(await pins.pin('f', 'acme.CORE', 'source-2')).toEqual({ conflict: 'source-1' });
      expect(await pins.pin('f', 'ACME.core', 'source-1')).toBe('pinned');
      expect(await pins.pinsOf('f', ['acme.core', 'Other'])).toEqual(new Map([['acme.core', 'source-1']]));
    });

    it('are those of one feed', async () => {
      await pins.pin('f', 'a', 'source-1');
      expect(await pins.pin('g', 'a', 'source-2')).toBe('pinned');
      expect(await pins.pinsOf('g', ['a'])).toEqual(new Map([['a', 'source-2']]));
    });

    it('are made by processes that only read, and seen by all at once; of two at the same time, one is first', async () => {
      const another = await opened.openAnother();
      const outcomes = await Promise.all([pins.pin('f', 'a', 'source-1'), another.pin('f', 'a', 'source-2')]);
      expect(outcomes.filter((outcome) => outcome === 'pinned')).toHaveLength(1);
      const [mine, theirs] = [await pins.pinsOf('f', ['a']), await another.pinsOf('f', ['a'])];
      expect(mine).toEqual(theirs);
    });

    it('are told of very many ids in one call', async () => {
      for (const id of ['p7', 'p700', 'p1400']) await pins.pin('f', id, 'source-1');
      const ids = Array.from({ length: 1500 }, (_, index) => `P${index}`);
      expect([...(await pins.pinsOf('f', ids)).keys()].toSorted()).toEqual(['p1400', 'p7', 'p700']);
      expect(await pins.pinsOf('f', [])).toEqual(new Map());
    });

    it('are listed in order of id, part by part', async () => {
      for (const id of ['c', 'a', 'b']) await pins.pin('f', id, `source-${id}`);
      const pinned = (id: string) => ({ id, sourceId: `source-${id}`, at: opened.now });
      expect(await pins.list('f', { after: '', limit: 2 })).toEqual({ items: [pinned('a'), pinned('b')], next: 'b' });
      expect(await pins.list('f', { after: 'b', limit: 2 })).toEqual({ items: [pinned('c')], next: null });
      expect(await pins.list('g', { after: '', limit: 2 })).toEqual({ items: [], next: null });
      await expect(pins.list('f', { after: '', limit: 0 })).rejects.toMatchObject({ code: 'FF_INVALID_ARGUMENT' });
    });

    it('are taken away by id, or all of a source, and the next source to serve the id has it then', async () => {
      for (const id of ['a', 'b', 'c']) await pins.pin('f', id, 'source-1');
      await pins.pin('f', 'd', 'source-2');
      expect(await pins.unpin('f', { id: 'A' })).toBe(1);
      expect(await pins.unpin('f', { id: 'a' })).toBe(0);
      expect(await pins.pin('f', 'a', 'source-2')).toBe('pinned');
      expect(await pins.unpin('f', { sourceId: 'source-1' })).toBe(2);
      expect((await pins.list('f', { after: '', limit: 10 })).items.map(({ id }) => id)).toEqual(['a', 'd']);
    });
  });
}
