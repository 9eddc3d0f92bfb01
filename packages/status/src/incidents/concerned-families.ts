/** Whom an incident or a maintenance concerns, as the public report has it: what is about instances alone is for operators. */
const FAMILY = 'family:';

interface Concerned {
  /** Of the components, those that are families. */
  readonly components: string[];
  /** Their ids; none: it concerns everybody. */
  readonly families: readonly string[];
}

/** @returns `undefined` when nobody is to be told, for there are components and none of them is a family. */
export function concernedFamilies(all: readonly string[]): Concerned | undefined {
  const components = all.filter((each) => each.startsWith(FAMILY));
  if (all.length > 0 && components.length === 0) return undefined;
  return { components, families: components.map((each) => each.slice(FAMILY.length)) };
}
