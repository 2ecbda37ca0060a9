/** Commands, run to their end. */
import { execFile } from "node:child_process";
import type { Surroundings } from "../cli/pagewalk.ts";

const MAX_OUTPUT_BYTES = 64 << 20;

export interface Finished {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs `command`, whatever its exit status; rejects if it cannot be started. */
export function run(
  command: string,
  args: readonly string[],
  { env }: Pick<Surroundings, "env"> = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const options = { env: { ...process.env, ...env }, maxBuffer: MAX_OUTPUT_BYTES };
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
