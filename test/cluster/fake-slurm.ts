/** Commands of Slurm that answer what a test says. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface FakeSlurm {
  /** For processes that are to use it: there is no other command on their PATH, so that a Slurm of this computer does not answer. */
  env: Record<string, string>;
  /** Has `command` do what `script` says, which only what a POSIX shell has built in; its words are logged. */
  answer(command: "sbatch" | "squeue" | "scontrol" | "sacct", script: string): void;
  /** Commands that were run, with their words, since it was asked last. */
  asked(): string[];
}

/** In `folder`, which is made. */
export function fakeSlurm(folder: string): FakeSlurm {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, "log");
  writeFileSync(log, "");
  return {
    env: { PATH: folder },
    answer(command, script) {
      const path = join(folder, command);
      rmSync(path, { force: true });
      writeFileSync(path, `#!/bin/sh\necho ${command} "$@" >>'${log}'\n${script}\n`, { mode: 0o755 });
    },
    asked() {
      const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
      writeFileSync(log, "");
      return lines;
    },
  };
}

/** Lines as squeue prints them. */
export function queued(
  ...jobs: { id: string; state: string; reason?: string; restarts?: number; node?: string }[]
): string {
  const lines = jobs.map(({ id, state, reason = "None", restarts = 0, node = "" }) =>
    [id.padEnd(32), state.padEnd(24), String(restarts).padEnd(12), reason.padEnd(80), node.padEnd(256)].join(""),
  );
  return `echo '${lines.join("\n")}'`;
}
