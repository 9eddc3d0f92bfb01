/** Collects what is wrong with documents: each fault as `file: path: expected ..., got ...`, all of them at once. */
import { ProblemError } from '@feedfleet/problems';

const MAX_TOLD = 20;
const MAX_SHOWN_CHARACTERS = 80;
/** Of one array: what is in it is read in one go. */
const MAX_ELEMENTS = 10_000;

/** A place in a document, with what stands there. */
export interface Place {
  /** `body`, or the name of a file. */
  readonly document: string;
  readonly path: string;
  readonly value: unknown;
}

export class Faults {
  readonly #sentences: string[] = [];
  #count = 0;

  /** @returns null, for what could not be read. */
  add({ document, path, value }: Place, expected: string): null {
    this.#count += 1;
    if (this.#sentences.length < MAX_TOLD) {
      const where = path === '' ? document : `${document}: ${path}`;
      this.#sentences.push(`${where}: expected ${expected}, got ${shown(value)}`);
    }
    return null;
  }

  /** @throws ProblemError `FF_INVALID_REQUEST` when there are any. */
  throwIfAny(): void {
    if (this.#count === 0) return;
    const more = this.#count - this.#sentences.length;
    const rest = more === 0 ? '' : `; and ${more} more`;
    throw new ProblemError('invalidRequest', { detail: `${this.#sentences.join('; ')}${rest}` });
  }
}

export function memberOf(place: Place, name: string): Place {
  const { value } = place;
  const member = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  const step = /^[A-Za-z_]\w*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  return { ...place, path: place.path === '' ? step.replace(/^\./, '') : `${place.path}${step}`, value: member };
}

function elementOf(place: Place, index: number): Place {
  const value: unknown = Array.isArray(place.value) ? place.value[index] : undefined;
  return { ...place, path: `${place.path}[${index}]`, value };
}

/** The elements of an array; none where there is nothing, and a fault where there is something else. */
export function elementsOf(place: Place, faults: Faults, max = MAX_ELEMENTS): readonly Place[] {
  if (place.value === undefined || place.value === null) return [];
  if (!Array.isArray(place.value)) {
    faults.add(place, 'an array');
    return [];
  }
  if (place.value.length > max) {
    faults.add({ ...place, value: place.value.length }, `at most ${max} elements`);
    return [];
  }
  return place.value.map((_, index) => elementOf(place, index));
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}...` : text;
}
