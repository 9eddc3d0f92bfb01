import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { StatusDatabase } from './status-database.ts';
import type { Migration } from './status-database.ts';

const createNotes: Migration = (database) => database.exec('CREATE TABLE note (text TEXT NOT NULL) STRICT');
const addAuthor: Migration = (database) => database.exec("ALTER TABLE note ADD COLUMN author TEXT NOT NULL DEFAULT ''");
const failing: Migration = (database) => {
  database.exec('CREATE TABLE half (text TEXT NOT NULL) STRICT');
  throw new Error('of the test');
};

describe('the database of the status process', () => {
  let folder: string;
  let file: string;
  const opened: StatusDatabase[] = [];

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-status-database-'));
    file = path.join(folder, 'status', 'status.db');
  });

  afterEach(() => {
    for (const database of opened.splice(0)) database.close();
    rmSync(folder, { recursive: true });
  });

  function open(migrations: readonly Migration[]): StatusDatabase {
    const database = StatusDatabase.open(file, [{ name: 'notes', migrations }]);
    opened.push(database);
    return database;
  }
  const notes = (database: StatusDatabase) => database.all('SELECT text FROM note').map(({ text }) => text);

  it('is for its own user alone, and keeps what was written', () => {
    const first = open([createNotes]);
    first.run('INSERT INTO note (text) VALUES (?)', 'kept');
    first.close();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(notes(open([createNotes]))).toEqual(['kept']);
  });

  it('runs each migration of a part once', () => {
    const first = open([createNotes]);
    first.run('INSERT INTO note (text) VALUES (?)', 'kept');
    first.close();
    open([createNotes, addAuthor]).close();
    expect(open([createNotes, addAuthor]).get('SELECT text, author FROM note')).toEqual({ text: 'kept', author: '' });
  });

  it('leaves nothing of a migration that fails', () => {
    open([createNotes]).close();
    expect(() => open([createNotes, failing])).toThrow('status database');
    const again = open([createNotes]);
    expect(again.all("SELECT name FROM sqlite_schema WHERE name = 'half'")).toEqual([]);
  });

  it('is not opened by an older release than the one that wrote it', () => {
    open([createNotes, addAuthor]).close();
    expect(() => open([createNotes])).toThrow(expect.objectContaining({ code: 'FF_CORRUPT' }));
    expect(existsSync(`${file}.damaged`)).toBe(false);
  });

  it('is put aside when it is damaged, and begun anew', () => {
    open([createNotes]).close();
    writeFileSync(file, 'no database at all'.repeat(500));
    const database = open([createNotes]);
    expect(database.isNewForDamage).toBe(true);
    expect(notes(database)).toEqual([]);
    expect(readFileSync(`${file}.damaged`, 'utf8')).toContain('no database at all');
  });

  it('is not taken for damaged when another process holds it', () => {
    const first = open([createNotes]);
    expect(() => open([createNotes])).toThrow(expect.objectContaining({ code: 'FF_ALREADY_RUNNING' }));
    first.run('INSERT INTO note (text) VALUES (?)', 'kept');
    expect(notes(first)).toEqual(['kept']);
  });

  it.each(['transaction', 'quickTransaction'] as const)('takes all of a %s or nothing', (kind) => {
    const database = open([createNotes]);
    const insert = (text: string): number => database.run('INSERT INTO note (text) VALUES (?)', text);
    const half = (): never => {
      insert('half');
      throw new Error('of the test');
    };
    expect(() => database[kind](half)).toThrow('of the test');
    database[kind](() => database.transaction(() => insert('inside')));
    expect(notes(database)).toEqual(['inside']);
  });
});
