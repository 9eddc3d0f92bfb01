/**
 * Names of zip entries: which are safe to unpack on every system, and which are the same file.
 *
 * NuGet clients unescape percent-encoded names when they unpack (Open Packaging Conventions, part names), so a name is
 * looked at in both forms.
 */
import { quoted } from './refusal.ts';

const MAX_NAME_CHARACTERS = 1024;

/** What is wrong with a name, as a short sentence; undefined when nothing is. */
export function entryNameFault(name: string): string | undefined {
  if (name === '') return 'The package has an entry without a name';
  if (name.length > MAX_NAME_CHARACTERS) return `An entry name is longer than ${MAX_NAME_CHARACTERS} characters`;
  return [name, unescaped(name)].map(pathFault).find((fault) => fault !== undefined);
}

function pathFault(name: string): string | undefined {
  if (/[\x00-\x1f\x7f]/.test(name)) return `The entry name ${quoted(name)} has control characters`;
  if (name.includes('\\')) return `The entry name ${quoted(name)} has a backslash`;
  if (name.startsWith('/')) return `The entry name ${quoted(name)} is an absolute path`;
  if (/^[A-Za-z]:/.test(name)) return `The entry name ${quoted(name)} names a drive`;
  const segments = (name.endsWith('/') ? name.slice(0, -1) : name).split('/');
  if (segments.some((segment) => segment === '..' || segment === '.')) {
    return `The entry name ${quoted(name)} leads out of its folder`;
  }
  return segments.includes('') ? `The entry name ${quoted(name)} has an empty folder name` : undefined;
}

/** The form under which two names are one file on systems without case. */
export function entryKey(name: string): string {
  const path = name.endsWith('/') ? name.slice(0, -1) : name;
  return unescaped(path).normalize('NFC').toLowerCase();
}

/** As .NET's `Uri.UnescapeDataString` does it: an escape that is none, or no UTF-8, stays, and the others are decoded all the same. */
function unescaped(name: string): string {
  return name.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes.replace(/%[0-7][0-9a-f]/gi, (ascii) => decodeURIComponent(ascii));
    }
  });
}
