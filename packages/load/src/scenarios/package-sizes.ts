/** How large the packages of a feed are, as their downloads say before they begin. */
import type { LoadTarget, TargetFeed, TargetPackage } from '../target/load-target.ts';
import { questionsTo } from '../target/questions.ts';
import { downloadUrl } from './requests.ts';

/** Packages that are looked at. */
const MOST_LOOKS = 50;
const MOST_LARGE = 10;

/** Those of at least so many bytes, the largest first. */
export async function largestPackages(
  target: LoadTarget,
  { packages }: TargetFeed,
  leastBytes: number,
): Promise<readonly TargetPackage[]> {
  const questions = questionsTo(target);
  const sizes: { readonly of: TargetPackage; readonly bytes: number }[] = [];
  for (const of of packages.slice(0, MOST_LOOKS)) {
    const { status, bytes } = await questions.ask(downloadUrl(of), { method: 'HEAD' });
    if (status === 200 && bytes >= leastBytes) sizes.push({ of, bytes });
  }
  return sizes
    .sort((left, right) => right.bytes - left.bytes)
    .slice(0, MOST_LARGE)
    .map(({ of }) => of);
}
