import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { runText } from "../src/report/text.ts";
import { simulate } from "../src/simulate.ts";
import { openTrace } from "../src/trace/trace.ts";

it("README shows what the command prints for the bundled trace", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const shown = /^```\n(trace [\s\S]*?)…\n```$/m.exec(readme)?.[1] ?? "nothing";
  const path = /^trace +(\S+)$/m.exec(shown)?.[1] ?? "nothing";
  expect(runText(await simulate(await openTrace(path)))).toContain(shown);
});
