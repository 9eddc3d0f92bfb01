/**
 * What went wrong, as the command shows it: `code: title: detail`, and how to solve it. Never a stack, never a key.
 */
import { ProblemError, problemRegistry } from '@feedfleet/problems';

export interface Failure {
  readonly code: string;
  /** HTTP status of the answer; 0 when there was none. */
  readonly status: number;
  readonly title: string;
  readonly detail?: string;
  readonly solve: string;
}

const SECRET_KEY = /\bff_[A-Za-z0-9_-]{16,}/g;
const SECRET_PATH = /(\/auth\/)(?!\{key\})[^/?#\s]+/gi;
const SECRET_USER = /(:\/\/)[^/@\s]+@/g;

/** Replaces API keys and the user part of URLs; everything that the command prints of what others sent goes through it. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET_PATH, '$1***').replace(SECRET_USER, '$1***@').replace(SECRET_KEY, 'ff_***');
}

/** The failure that stands for anything thrown. What is not from the error registry is told by its message alone. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ProblemError) {
    const { code, status, title, solve } = error.definition;
    return {
      code,
      status,
      title,
      ...(error.detail === undefined ? {} : { detail: withoutSecrets(error.detail) }),
      solve,
    };
  }
  if (error instanceof Error && error.name === 'AbortError') return { ...problemRegistry.stopped };
  const { code, status, title } = problemRegistry.internal;
  const detail = withoutSecrets(error instanceof Error ? error.message : String(error));
  return { code, status, title, detail, solve: 'Report this message; it is a defect of feedfleet.' };
}

/** Two lines: what is wrong, and what to do. @param ink - colours the first. */
export function renderFailure(failure: Failure, ink = (text: string): string => text): string {
  const { code, title, detail, solve } = failure;
  const what = [code, title, detail].filter((part) => part !== undefined && part !== '').join(': ');
  return `${ink(what)}\n  ${solve}\n`;
}
