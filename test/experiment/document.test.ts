/** docs/experiments.md: its tables have every field, and its examples are experiments. UPDATE_GOLDEN=1 writes the tables anew. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expand } from "../../src/experiment/expand.ts";
import { checkExperiment } from "../../src/experiment/schema.ts";
import { unitsOf } from "../../src/experiment/units.ts";
import { experimentFields } from "./published-schemas.ts";

const FILE = new URL("../../docs/experiments.md", import.meta.url);
const START = "<!-- made of src/experiment/description.ts -->";
const END = "<!-- end of what was made -->";

const TITLES = {
  ExperimentDescription: "an experiment",
  TracesDescription: "an item of traces",
  WindowDescription: "a window",
  MachineDescription: "a machine",
  SweepDescription: "a sweep",
  SlurmDescription: "slurm",
};

const made = Object.entries(TITLES)
  .map(([name, title]) => {
    const fields = [...(experimentFields().get(name) ?? [])];
    const rows = fields.map(([field, text]) => `| \`${field}\` | ${text.replaceAll("|", "\\|")} |`);
    return [`| field of ${title} | |`, "|---|---|", ...rows].join("\n");
  })
  .join("\n\n");

if (process.env.UPDATE_GOLDEN === "1") {
  const text = readFileSync(FILE, "utf8");
  writeFileSync(FILE, `${text.slice(0, text.indexOf(START))}${START}\n\n${made}\n\n${text.slice(text.indexOf(END))}`);
}
const document = readFileSync(FILE, "utf8");

it("has in its tables what is checked", () => {
  expect(document).toContain(`${START}\n\n${made}\n\n${END}`);
});

describe("its examples", () => {
  const examples = [...document.matchAll(/^```json\n(.*?)^```$/gms)].map(([, text = ""]) => JSON.parse(text));

  it("are experiments, of as many units as it says", () => {
    const size = {
      records: 1e6,
      plainBytes: 1e7,
      recordsPerInstruction: 1.3,
      compression: "gzip",
      kind: "text",
    } as const;
    const counts = examples.map((example) => {
      const machines = example.machines.map((machine: unknown) => (machine === "./small-core.json" ? "zen4" : machine));
      const expanded = expand(checkExperiment({ ...example, machines }));
      const hasRegions = typeof example.traces[0] !== "string";
      const units = unitsOf(expanded, [{ size: { ...size, isCutOff: false }, hasMaps: false, hasRegions }]);
      return [expanded.machines.length, expanded.sweeps.length, expanded.windows.length, units.length];
    });
    expect(counts).toEqual([
      [6, 0, 1, 1],
      [3, 2, 1, 5],
      [2, 0, 2, 4],
    ]);
  });
});
