/**
 * `npm run bench`: how fast pagewalk is, and how fast beside C. Exits with 1 if a count is wrong or a measurement
 * unsound; never because something is slow. Figures of a full run go to bench/results/latest.json, those of `--quick` or
 * `--only` nowhere. `--publish` copies latest.json into the repository, and makes README's table of it.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { type Arguments, PARTS, parseArguments } from "./arguments.ts";
import { pathTo } from "./environment.ts";
import { measure } from "./measure.ts";
import { LATEST, publish } from "./publish.ts";

const given = tryOrLeave(2, () => parseArguments(process.argv.slice(2)));
if (given.publish) tryOrLeave(1, publish);
else await measureIn(temporaryFolder(), given);

/** What `attempt` returns. If it throws, the error is printed, and the process ends with `status`. */
function tryOrLeave<Result>(status: number, attempt: () => Result): Result {
  try {
    return attempt();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(status);
  }
}

/** Goes with this process. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "pagewalk-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  return folder;
}

async function measureIn(folder: string, { quick, parts }: Arguments): Promise<void> {
  const results = await measure(folder, quick, parts);
  for (const failure of results.failures) console.error(`FAILED ${failure}`);
  process.exitCode = results.failures.length > 0 ? 1 : 0;
  if (quick || parts.length < PARTS.length) return;
  writeFileSync(pathTo(LATEST), `${JSON.stringify(results, null, 2)}\n`);
  console.log(`\nWritten to ${LATEST}.`);
}
