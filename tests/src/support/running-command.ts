/** A command that runs to its end, with what it said. */
import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment beside PATH and HOME. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: the Node that runs the test. */
  readonly command?: string;
}

export interface EndedCommand {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const LIMIT_MS = 120_000;

export function runCommand({
  args,
  cwd,
  environment,
  command = process.execPath,
}: CommandOptions): Promise<EndedCommand> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
