/** Package-id globs: `*` stands for any run of characters, everything else for itself, without case. */

/**
 * Linear for practical input and free of regular expressions: on a mismatch it goes back to the last star only.
 *
 * @example
 * matchesGlob('Contoso.*', 'contoso.Core'); // true
 */
export function matchesGlob(glob: string, packageId: string): boolean {
  const pattern = glob.toLowerCase();
  const text = packageId.toLowerCase();
  let patternIndex = 0;
  let textIndex = 0;
  let star = -1;
  let starText = 0;
  while (textIndex < text.length) {
    if (pattern[patternIndex] === '*') {
      star = patternIndex;
      starText = textIndex;
      patternIndex += 1;
    } else if (pattern[patternIndex] === text[textIndex]) {
      patternIndex += 1;
      textIndex += 1;
    } else if (star === -1) {
      return false;
    } else {
      starText += 1;
      textIndex = starText;
      patternIndex = star + 1;
    }
  }
  while (pattern[patternIndex] === '*') patternIndex += 1;
  return patternIndex === pattern.length;
}
