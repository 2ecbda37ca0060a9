/** Windows of a trace on the command line. */
import { expect, it } from "vitest";
import type { InfoResult, RunResult, SweepResult } from "../../src/report/results.ts";
import { failure, output, recorded } from "./pagewalk.ts";

const TRACE = recorded("python.200k.lk.gz");
const WINDOW = ["--skip", "50k", "--limit", "20000"];

it("count the records that were asked for, and say which", async () => {
  const run: RunResult = JSON.parse(await output(["run", TRACE, ...WINDOW, "--warmup", "1k", "--json"]));
  expect(run.trace).toMatchObject({
    records: 20_000,
    window: { unit: "records", skip: 50_000, warmup: 1000, limit: 20_000 },
  });
  expect(run.faults.minor).toBe(run.memory.distinctPages);
  const text = await output(["run", TRACE, ...WINDOW, "--unit", "instructions"]);
  expect(text).toMatch(/^instructions +20,000$/m);
  expect(text).toMatch(/^window +up to 20,000 instructions, after 50,000 skipped$/m);
});

it("are the same for every command", async () => {
  const [run, sweep, info] = await Promise.all(
    ["run", "sweep", "info"].map(async (command) => JSON.parse(await output([command, TRACE, ...WINDOW, "--json"]))),
  );
  const references = (result: RunResult | InfoResult) => result.references.data;
  expect(references(info)).toBe(references(run));
  expect((sweep as SweepResult).references).toBe(references(run));
});

it.each([
  [["--skip", "1G"], /has no record after the 1000000000 records to skip: it ends before/],
  [["--warmup", "1G"], /to warm up: it ends before, in the warm-up \(200000 records\)/],
  [["--threads", "7"], /has no lackey record of thread 7 in its \d+ bytes; pagewalk info tells which threads/],
] as const)("that have nothing in them are an error: %j", async (options, message) => {
  expect(await failure(1, ["run", TRACE, ...options])).toMatch(message);
});

it("say that they are of one record, and which threads can be asked for", async () => {
  expect(await output(["run", TRACE, "--limit", "1"])).toMatch(/^window +up to 1 record$/m);
  expect(await failure(2, ["run", TRACE, "--threads", "all"])).toContain(
    "--threads: got all; allowed: the id of a thread",
  );
});

it("of threads have the thread's id in every row of CSV", async () => {
  const drmemtrace = recorded("python.200k.drmemtrace.gz");
  for (const command of ["run", "sweep", "info"]) {
    const [head = "", ...rows] = (await output([command, drmemtrace, "--threads", "separate", "--csv"]))
      .trim()
      .split("\n");
    expect(head).toMatch(/,thread$/);
    for (const row of rows) expect(row).toMatch(/,1$/);
    expect(await output([command, TRACE, "--csv"])).not.toMatch(/^.*,thread\n/);
  }
});
