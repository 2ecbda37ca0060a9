/** From the last full run to the repository: its results, and the table in README that is made of them. */
import { readFileSync, writeFileSync } from "node:fs";
import { pathTo } from "./environment.ts";
import { withTable } from "./readme.ts";
import type { Results } from "./results.ts";
import { speedTable } from "./speed-table.ts";

export const LATEST = "bench/results/latest.json";
const PUBLISHED = "bench/results/published.json";

/** Throws Error if there are no results that may be published. */
export function publish(): void {
  const json = readFileSync(pathTo(LATEST), "utf8");
  const results: Results = JSON.parse(json);
  const { commit } = results.environment;
  if (results.failures.length > 0) throw new Error(`${LATEST} has failures: ${results.failures.join("; ")}`);
  if (commit === null || commit.endsWith("+")) throw new Error(`${LATEST} is of sources that no commit has`);
  const readme = pathTo("README.md");
  writeFileSync(readme, withTable(readFileSync(readme, "utf8"), speedTable(results)));
  writeFileSync(pathTo(PUBLISHED), json);
  console.log(`README.md and ${PUBLISHED} have the figures of ${LATEST}.`);
}
