/** `sweep --cpu`: many CPUs over one reading of a trace. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ALL_CPU_NAMES } from "../../src/config/resolve.ts";
import { failure, output, recorded } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 30_000 });

const TRACE = recorded("matmul24.native.lk.xz");
const OTHER = recorded("sort400.lk.gz");
const l1 = (name: string, kinds: string[]) => ({
  name,
  level: 1,
  kinds,
  arrays: [{ holds: ["4K"], entries: 64, ways: 4 }],
});
const MINE = {
  schema: "pagewalk/cpu@1",
  title: "mine",
  pageSizes: ["4K"],
  tlbs: [l1("I", ["fetch"]), l1("L", ["load"]), l1("S", ["store"])],
};

let folder: string;
let mine: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cpus-"));
  mine = join(folder, "mine.json");
  await writeFile(mine, JSON.stringify(MINE));
});

afterAll(() => rm(folder, { recursive: true }));

describe("sweep --cpu", () => {
  it("has a row for each CPU, in the order in which they were named", async () => {
    const text = await output(["sweep", "--cpu", `${mine},generic`, TRACE]);
    const names = text.split("\n").flatMap((line) => /^(\w+) +4K /.exec(line)?.[1] ?? []);
    expect(names).toEqual(["mine", "generic"]);
  });

  it("has as JSON the results that run has, and an array for several traces", async () => {
    const [first, second] = JSON.parse(await output(["sweep", "--cpu", "all", "--json", TRACE, OTHER]));
    expect(first.schema).toBe("pagewalk/cpus@1");
    expect(first.cpus.map(({ config }: { config: { cpu: string } }) => config.cpu)).toEqual(ALL_CPU_NAMES);
    expect(second.trace.path).toBe(OTHER);
    const run = JSON.parse(await output(["run", "--cpu", "skylake", "--json", TRACE]));
    const [compared] = JSON.parse(await output(["sweep", "--cpu", "skylake", "--json", "-j2", TRACE])).cpus;
    expect({ ...compared, time: null }).toEqual({ ...run, time: null });
  });

  it("has as CSV a row for each CPU of each trace", async () => {
    const [head, ...rows] = (await output(["sweep", "--cpu", "generic,skylake", "--csv", TRACE, OTHER]))
      .trim()
      .split("\n");
    expect(head).toMatch(/^trace,format,records,instructions,cpu,pageSize,l1iLookups,/);
    expect(rows.map((row) => row.split(",")[4])).toEqual(["generic", "skylake", "generic", "skylake"]);
  });

  it.each([
    ["--cpu generic --l1d 64:4", "--cpu: got --l1d as well; allowed: CPUs as they are"],
    ["--cpu all --entries 64", "--cpu: got --entries as well; allowed: CPUs as they are"],
    ["--cpu all --svg x.svg", "--svg: got x.svg; allowed: nothing with --cpu"],
    ["--cpu zen9", "--cpu: got zen9; allowed: zen1"],
    [
      "--cpu generic,nowhere.json",
      "--cpu: got nowhere.json; allowed: a description of a CPU, but it cannot be read: ENOENT",
    ],
    ["--cpu generic --page-size thp", "--page-size: got thp; allowed: 4K, 2M, 1G"],
    ["--cpu generic --page-size 16K", "--page-size: got 16K; allowed: 4K, 2M, 1G on generic"],
    ["--page-size 4K", "--page-size: got 4K; allowed: nothing without --cpu"],
  ])("%s is refused with status 2", async (options, message) => {
    expect(await failure(2, ["sweep", TRACE, ...options.split(" ")])).toContain(`pagewalk: ${message}`);
  });
});
