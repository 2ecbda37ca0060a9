/** `run --cost`, `--compare` and `--events` as their users meet them. */
import { writeFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import { INTERVALS, SKYLAKE } from "../compare/perf-outputs.ts";
import { failure, output, recorded, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 30_000 });

const TRACE = recorded("matmul24.native.lk.xz");
const inFolder = temporaryFolder();

async function measured(text: string): Promise<string> {
  const path = inFolder("perf.txt");
  await writeFile(path, text);
  return path;
}

describe("run --compare", () => {
  it("prints both side by side, as text, JSON and CSV", async () => {
    const args = ["run", TRACE, "--cpu", "skylake", "-q", "--compare", await measured(SKYLAKE)];
    const text = await output(args);
    expect(text).toMatch(/^walks, loads +dtlb_load_misses\.walk_completed:u +1,500 /m);
    expect(text).not.toContain("who missed");
    const { compare, by, walks } = JSON.parse(await output([...args, "--json"]));
    expect(by).toBeUndefined();
    const walked = compare.rows.find(({ counter }: { counter: string }) => counter === "walks");
    expect(walked).toMatchObject({ measured: 1614, simulated: walks.count });
    expect(await output([...args, "--csv"])).toMatch(/\n\S+,skylake,\S+perf\.txt,walks,1614,\d+,/);
  });

  it("keeps what else was asked for", async () => {
    const args = [
      "run",
      TRACE,
      "-q",
      "--compare",
      await measured(INTERVALS),
      "--by",
      "page",
      "--cost",
      "flat",
      "--json",
    ];
    const { by, cycles, compare } = JSON.parse(await output(args));
    expect(Object.keys(by)).toEqual(["page"]);
    expect(cycles.model).toBe("flat");
    expect(compare.notes[0]).toBe("Counts of 3 intervals are summed up.");
  });

  it("tells with status 1 what is no output of perf stat", async () => {
    const path = await measured("I  400000,4\n");
    expect(await failure(1, ["run", TRACE, "--compare", path])).toContain('found no counter, but "I  400000,4" first');
    expect(await failure(1, ["run", TRACE, "--compare", "no/such.txt"])).toContain(
      "no/such.txt: cannot be read: ENOENT",
    );
  });

  it("prints one table of CSV", async () => {
    const path = await measured(SKYLAKE);
    expect(await failure(2, ["run", TRACE, "--compare", path, "--by", "kind", "--csv"])).toContain(
      "--csv prints one table",
    );
  });
});

it("run --events says what measures what is counted, and how", async () => {
  const text = await output(["run", TRACE, "--cpu", "zen4", "-q", "--events"]);
  expect(text).toMatch(/^L1 misses, data +ls_l1_d_tlb_miss\.all$/m);
  expect(text).toContain("perf stat -x';' -o perf.txt -e instructions:u,ls_l1_d_tlb_miss.all:u,");
});

it("run --cost says what translations cost, and by what", async () => {
  const text = await output(["run", TRACE, "--cpu", "golden-cove", "-q", "--cost", "cached"]);
  expect(text).toMatch(/^entries from L1D +\d/m);
  expect(text).toMatch(/costs 7\s+cycles\s+\(measured: /);
  expect(await output(["run", TRACE, "-q", "--cost", "flat", "--csv"])).toMatch(
    /,costModel,cyclesAtLeast,cyclesAtMost\n/,
  );
});
