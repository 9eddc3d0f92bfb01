/** Words of a server that are shown to people: on one line, and without what a terminal would take for an order. Pure. */

const LONGEST = 200;

export function printable(text: string): string {
  return text.slice(0, LONGEST).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}
