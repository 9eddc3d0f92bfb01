/** What the entities of the registry have in common: ids, names, instants, globs. */
import { z } from 'zod';

/** Starts with a letter or digit; letters, digits, `.`, `_`, `-`; at most 100 characters. Compared without case. */
export const feedNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
    'a name of 1 to 100 letters, digits, ".", "_" or "-", starting with a letter or digit',
  );

export const isoInstantSchema = z.iso.datetime({ offset: false });

export const entityIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'an id of 1 to 64 letters, digits, ".", "_" or "-"');

/** Package ids; `*` stands for any run of characters. Without case. See `matchesGlob`. */
export const packageGlobsSchema = z.array(z.string().min(1).max(200)).max(100);
