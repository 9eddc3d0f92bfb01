/** @returns the elements of a header that is a list, of which quoted texts may hold commas. Source: RFC 9110, section 5.6.1. */
export function chainLength(chain: string): number {
  const bare = chain.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return bare.split(',').filter((element) => element.trim() !== '').length;
}
