import { readFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import type { RunResult } from "../../src/report/results.ts";
import { assertRows, assertSeries } from "../reference/assert-attribution.ts";
import { json, output, recorded, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 60_000 });

const SORT = recorded("sort400.native.lk.gz");
const REGIONS = recorded("sort400.native.regions.json");
const temporary = temporaryFolder();

describe("run --by", () => {
  it("has all rows of all dimensions in JSON, in the order asked for", async () => {
    const result = await json<RunResult>(["run", SORT, "--by", "pc,region", "--regions", REGIONS, "--top", "1"]);
    const { by = {} } = result;
    assertRows(result, by);
    expect(Object.keys(by)).toEqual(["pc", "region"]);
    expect(by.pc?.length).toBeGreaterThan(10_000);
    expect(by.region?.find(({ name }) => name === "heap (brk)")).toEqual({
      name: "heap (brk)",
      accesses: { fetch: 0, load: 2873, store: 1735, modify: 50 },
      references: { fetch: 0, data: 4660 },
      l1Misses: expect.any(Number),
      stlbMisses: 2,
      walkReferences: 2,
      faults: 2,
    });
  });

  it("shows the top rows of a table, and adds up the others", async () => {
    const text = await output([
      "run",
      SORT,
      "--by",
      "region,kind",
      "--regions",
      REGIONS,
      "--top",
      "3",
      "--ascii",
      "-q",
    ]);
    expect(text).toMatch(
      /\nBy region: .*\nregion .*\n(.* #+\n){3}and 5 others .*\n\nBy kind of access: .*\nkind .*\n(.*\n){3}and 1 other .*\n$/,
    );
  });

  it("is one table of CSV", async () => {
    const lines = (await output(["run", SORT, "--by", "kind,region", "--maps", REGIONS, "--csv", "-q"])).split("\n");
    expect(lines[0]).toMatch(/^trace,run,by,name,region,fetches,/);
    expect(lines.filter((line) => line.includes(",1,kind,"))).toHaveLength(4);
    expect(lines.filter((line) => line.includes(",1,region,"))).toHaveLength(8);
    expect(lines).toHaveLength(1 + 4 + 8 + 1);
  });
});

describe("run --interval", () => {
  it("has the series in JSON, as CSV and as a picture", async () => {
    const result = await json<RunResult>(["run", SORT, "--interval", "100k"]);
    assertSeries(result, 719_941, result.series);
    const csv = temporary("series.csv");
    await output(["run", SORT, "--interval", "100k", "--csv", "-o", csv, "-q"]);
    expect((await readFile(csv, "utf8")).split("\n")).toHaveLength(1 + 8 + 1);
    const text = await output(["run", SORT, "--interval", "100k", "-q"]);
    expect(text).toMatch(/\nOver time: 8 intervals of 100,000 records; per 1,000 records\n(.*\|.{8}\|.*\n){5}$/);
  });
});
