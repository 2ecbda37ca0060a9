/** Several traces on one machine, on the command line. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/report/results.ts";
import { tracedBytes } from "../helpers/traced-process.ts";
import { pagewalk } from "./pagewalk.ts";

let folder = "";
const file = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pagewalk-switching-"));
  const load = (page: number) => ({ kind: "load" as const, va: BigInt(page) << 12n, size: 1 });
  writeFileSync(file("a.lk"), tracedBytes([load(1), load(2), load(3)]));
  writeFileSync(
    file("b.lk"),
    tracedBytes([load(1), { call: "mprotect", first: 4096n, last: 8191n, rights: "r" }, load(2)]),
  );
  writeFileSync(file("a.maps"), "1000-4000 rw-p 00000000 00:00 0 [heap]\n");
  writeFileSync(file("b.maps"), "1000-2000 rw-p 00000000 00:00 0 [heap]\n");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("run of several traces with --switch-every", () => {
  const traces = () => [file("a.lk"), file("b.lk"), "--switch-every", "1"];

  it("has one result, with what is known of each trace", async () => {
    const { status, stdout } = await pagewalk(["run", ...traces(), "--json"]);
    expect(status).toBe(0);
    const result: RunResult = JSON.parse(stdout);
    expect(result.trace).toMatchObject({ path: `${file("a.lk")} + ${file("b.lk")}`, records: 5, format: "lackey" });
    expect(result.trace.traces?.map(({ path, records }) => [path, records])).toEqual([
      [file("a.lk"), 3],
      [file("b.lk"), 2],
    ]);
    expect(result.os).toMatchObject({ switches: 4, kernelEntries: 5 + 4 + 1 });
    expect(result.faults.minor).toBe(5);
  });

  it("says what the kernel did", async () => {
    const { stdout } = await pagewalk(["run", ...traces(), "--system-calls", "on"]);
    expect(stdout).toMatch(/^kernel +4 switches, 10 entries, 1 shootdown of 1 page$/m);
    expect(stdout).toMatch(/^format +lackey$/m);
  });

  it("takes mappings of each", async () => {
    const { status, stdout } = await pagewalk([
      ...["run", ...traces(), "--maps", file("a.maps"), "--maps", file("b.maps"), "--json"],
    ]);
    expect(status).toBe(0);
    const result: RunResult = JSON.parse(stdout);
    expect(result.signals).toEqual([{ record: 3, address: "0x2000", kind: "load", code: "SEGV_MAPERR" }]);
  });

  it.each([
    [["--maps", "a.maps"], /--maps: got 1 of 2 traces/],
    [["--threads", "separate"], /--threads: got separate/],
    [["--by", "page"], /--by: got page/],
    [["--warmup", "1"], /--warmup: got 1/],
  ])("refuses %j", async ([flag, value], message) => {
    const given = flag === "--maps" ? file(value ?? "") : (value ?? "");
    const { status, stderr } = await pagewalk(["run", ...traces(), flag ?? "", given]);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(message);
  });
});

it("run refuses more --maps than there are traces, whatever they name", async () => {
  const recorded = ["--maps", "recorded", "--maps", "recorded", "--maps", "recorded"];
  const { status, stderr } = await pagewalk(["run", file("a.lk"), file("b.lk"), "--switch-every", "1", ...recorded]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/--maps: got 3 of 2 traces/);
});

it("run refuses several --maps where traces have a result each", async () => {
  const maps = ["--maps", file("a.maps"), "--maps", file("b.maps")];
  const { status, stderr } = await pagewalk(["run", file("a.lk"), ...maps]);
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/--maps: got 2 files/);
});
