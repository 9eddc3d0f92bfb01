import { describe, expect, it } from '@jest/globals';
import { UploadGate } from './upload-gate.ts';

describe('the places for uploads', () => {
  it('are for one feed a quarter of all, so that the others get theirs', () => {
    const gate = new UploadGate(8);
    const leave = gate.enter('a');
    gate.enter('a');
    expect(() => gate.enter('a')).toThrow(expect.objectContaining({ code: 'FF_OVERLOADED', retryAfterSeconds: 5 }));
    gate.enter('b');
    leave();
    leave();
    gate.enter('a');
    expect(() => gate.enter('a')).toThrow('to this feed');
    expect(gate.running).toBe(3);
  });

  it('end, for all feeds together', () => {
    const gate = new UploadGate(2);
    const leaves = ['a', 'b'].map((feed) => gate.enter(feed));
    expect(() => gate.enter('c')).toThrow(expect.objectContaining({ code: 'FF_OVERLOADED' }));
    for (const leave of leaves) leave();
    expect(gate.running).toBe(0);
    gate.enter('c');
  });

  it('are never none', () => {
    const gate = new UploadGate(1);
    gate.enter('a')();
    gate.enter('a');
    expect(gate.running).toBe(1);
  });
});
