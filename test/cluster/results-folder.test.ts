/** The folder of a plan's results: whoever writes there, and wherever a write ends, a result is there whole or not at all, and never replaced. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { HEARTBEAT_MS, STALE_MS } from "../../src/cluster/marks.ts";
import type { FileSystem } from "../../src/cluster/publish.ts";
import { ResultsFolder } from "../../src/cluster/results-folder.ts";
import { unitResult } from "../../src/cluster/unit-file.ts";
import type { Plan } from "../../src/experiment/plan.ts";
import type { UnitResult } from "../../src/experiment/unit-result.ts";
import { InputError } from "../../src/files/json-file.ts";
import { OutputError } from "../../src/files/output.ts";
import type { PlannedResult } from "../../src/report/merged-result.ts";
import { temporaryFolder } from "../cli/pagewalk.ts";
import { Died, dyingAt, failing, systemError, type Watched, watchedFiles } from "./failing-files.ts";

const PLAN = { hash: "1".repeat(64) } as Plan;
const OTHER_PLAN = { hash: "2".repeat(64) } as Plan;

const temporary = temporaryFolder();

function fresh(): string {
  return temporary(randomUUID());
}

/** A result of `unit` with the miss count `misses`, which took another time each time. */
function resultOf(unit: number, misses = unit, plan = PLAN): UnitResult {
  const results = [
    { unit, trace: "a.lk", window: null, machine: "m", result: { misses } },
  ] as unknown as PlannedResult[];
  return unitResult(plan.hash, unit, results, { seconds: Math.random(), host: "h" });
}

function fileOf(path: string, unit: number): string {
  return join(path, "0000", `unit-${String(unit).padStart(6, "0")}.json`);
}

/** Creates the folder, and does unit 1, as a process does. */
async function doUnit(path: string, files?: FileSystem, misses = 1): Promise<void> {
  const folder = await ResultsFolder.create(path, PLAN, files);
  try {
    await folder.begin(1);
    await folder.write(resultOf(1, misses));
  } finally {
    folder.close();
  }
}

async function expectWhole(path: string, misses = 1): Promise<void> {
  const folder = await ResultsFolder.open(path, PLAN);
  expect(await folder.done()).toEqual(new Set([1]));
  expect((await folder.read(1))?.results).toEqual(resultOf(1, misses).results);
  await folder.checkConflicts();
}

describe("a process that dies", () => {
  it("at any call of the file system leaves a whole result or none, and another one goes on", async () => {
    const { files, calls } = watchedFiles(() => undefined);
    await doUnit(fresh(), files);
    expect(calls.length).toBeGreaterThan(15);
    expect(calls).toContain("file.sync");
    for (let number = 0; number < calls.length; number++) {
      const path = fresh();
      await doUnit(path, dyingAt(number).files).catch((error) => {
        expect(error instanceof Died || error.cause instanceof Died || error instanceof InputError, String(error)).toBe(
          true,
        );
      });
      const text = await readFile(fileOf(path, 1), "utf8").catch(() => null);
      if (text !== null) expect(JSON.parse(text).results).toEqual(resultOf(1).results);
      await doUnit(path);
      await expectWhole(path);
    }
  });

  it("likewise where there are no hard links", async () => {
    const unlinked = (then: Watched["files"]): FileSystem => ({
      ...then,
      link: () => Promise.reject(systemError("EPERM")),
    });
    const { files, calls } = watchedFiles(() => undefined);
    await doUnit(fresh(), unlinked(files));
    for (let number = 0; number < calls.length; number++) {
      const path = fresh();
      await doUnit(path, unlinked(dyingAt(number).files)).catch(() => {});
      await doUnit(path, unlinked({ ...watchedFiles(() => undefined).files }));
      await expectWhole(path);
    }
  });
});

describe("a call that fails", () => {
  it.each(["ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EIO"])(
    "with %s is told at once, and nothing half-written stays",
    async (code) => {
      const { files, calls } = watchedFiles(() => undefined);
      await doUnit(fresh(), files);
      const writing = calls.flatMap((call, number) =>
        ["mkdir", "open", "file.writeFile", "file.sync", "link"].includes(call) ? [number] : [],
      );
      for (const number of writing) {
        const path = fresh();
        const outcome = await doUnit(path, failing(code, (_, call) => call === number).files).then(
          () => null,
          (error: unknown) => error,
        );
        if (outcome !== null) {
          expect((outcome as Error).message).toContain(path);
          expect((outcome as Error).message).toContain(code);
        }
        const text = await readFile(fileOf(path, 1), "utf8").catch(() => null);
        if (text !== null) expect(JSON.parse(text).results).toEqual(resultOf(1).results);
        expect(await readdir(join(path, "tmp")).catch(() => [])).toEqual([]);
        expect(await readdir(join(path, "running")).catch(() => [])).toEqual([]);
        await doUnit(path);
        await expectWhole(path);
      }
    },
  );

  it("of a network whose answer got lost, though the link was made, is none", async () => {
    for (const code of ["EEXIST", "EIO", "ETIMEDOUT"]) {
      const path = fresh();
      const lying = watchedFiles((call) => {
        if (call !== "link") return undefined;
        return async (real) => {
          await real();
          throw systemError(code);
        };
      });
      if (code !== "EEXIST") await ResultsFolder.create(path, PLAN); // the mark's answers are looked at as results are, if it is there
      await doUnit(path, lying.files);
      await expectWhole(path);
    }
  });

  it("as the folder goes under the run is told with its name", async () => {
    const path = fresh();
    const folder = await ResultsFolder.create(path, PLAN);
    await folder.begin(1);
    await rm(path, { recursive: true });
    await expect(folder.write(resultOf(1))).rejects.toThrow(OutputError);
    await expect(folder.begin(2)).rejects.toThrow(path);
    folder.close();
  });
});

describe.each([
  ["with hard links", undefined],
  ["without hard links", { link: () => Promise.reject(systemError("EOPNOTSUPP")) }],
])("a result that is there, on a file system %s,", (_, instead) => {
  const files = (): FileSystem => ({ ...watchedFiles(() => undefined).files, ...instead });

  it("stays, if another one says the same", async () => {
    const path = fresh();
    await doUnit(path, files());
    const before = await (await ResultsFolder.open(path, PLAN)).read(1);
    await doUnit(path, files());
    expect(await (await ResultsFolder.open(path, PLAN)).read(1)).toEqual(before);
    await expectWhole(path);
  });

  it("stays, if another one says something else, which is kept beside it and told with both names", async () => {
    const path = fresh();
    await doUnit(path, files(), 1);
    await expect(doUnit(path, files(), 2)).rejects.toThrow(/conflict-.*others than in .*unit-000001\.json/);
    const folder = await ResultsFolder.open(path, PLAN);
    expect((await folder.read(1))?.results).toEqual(resultOf(1, 1).results);
    await expect(folder.checkConflicts()).rejects.toThrow(/unit-000001\.conflict-.*others than in .*unit-000001\.json/);
  });

  it("is one of them, if many write at once", async () => {
    const path = fresh();
    await Promise.all(Array.from({ length: 12 }, () => doUnit(path, files())));
    await expectWhole(path);
    expect(await readdir(join(path, "tmp"))).toEqual([]);
    expect((await readdir(join(path, "0000"))).length).toBe(1);
  });
});

describe("a file that is no result of its unit", () => {
  const good = `${JSON.stringify(resultOf(1))}\n`;
  it.each<[string, string, RegExp]>([
    ["is empty", "", /found an empty file/],
    ["is cut in its head", good.slice(0, 60), /found a part of a result/],
    ["is cut at its end", good.slice(0, -9), /found (a part of a result|\d+ bytes, of which the last are missing)/],
    ["is something else", "lk ".repeat(300), /found something else/],
    ["is of zeros", "\0".repeat(700), /found something else/],
    ["is of another plan", `${JSON.stringify(resultOf(1, 1, OTHER_PLAN))}\n`, /another plan/],
    ["is of another unit", `${JSON.stringify(resultOf(2))}\n`, /unit: found 2; expected 1/],
    ["is of another version of the schema", good.replace("unit@1", "unit@2"), /schema: found pagewalk\/unit@2/],
  ])("as it %s, is told with its name and what was found, and put aside for one that is", async (_, text, message) => {
    const path = fresh();
    const folder = await ResultsFolder.create(path, PLAN);
    await mkdir(join(path, "0000"));
    await writeFile(fileOf(path, 1), text);
    for (const reading of [() => folder.read(1), () => folder.readHead(1)]) {
      const error: unknown = await reading().catch((error) => error);
      expect(error).toBeInstanceOf(InputError);
      expect((error as Error).message).toContain(fileOf(path, 1));
      expect((error as Error).message).toMatch(message);
    }
    await doUnit(path);
    await expectWhole(path);
    const aside = (await readdir(join(path, "0000"))).find((name) => name.includes(".broken-"));
    expect(await readFile(join(path, "0000", aside ?? ""), "utf8")).toBe(text);
  });

  it("is told when it is merged, if a figure in it was changed", async () => {
    const path = fresh();
    await doUnit(path);
    await writeFile(fileOf(path, 1), (await readFile(fileOf(path, 1), "utf8")).replace('"misses":1', '"misses":7'));
    await expect((await ResultsFolder.open(path, PLAN)).read(1)).rejects.toThrow(
      /unit-000001\.json: digest: .*it was changed; remove it, and pagewalk sweep/,
    );
  });

  it("may be a folder", async () => {
    const path = fresh();
    await ResultsFolder.create(path, PLAN);
    await mkdir(fileOf(path, 1), { recursive: true });
    await expect((await ResultsFolder.open(path, PLAN)).read(1)).rejects.toThrow(InputError);
    await doUnit(path);
    await expectWhole(path);
  });

  it("may be a pipe, which nobody waits for", async () => {
    const path = fresh();
    await ResultsFolder.create(path, PLAN);
    await mkdir(join(path, "0000"));
    execFileSync("mkfifo", [fileOf(path, 1)]);
    await expect((await ResultsFolder.open(path, PLAN)).read(1)).rejects.toThrow("no regular file");
    await doUnit(path);
    await expectWhole(path);
  });
});

describe("a folder that somebody changed", () => {
  it("is told with its name, whatever stands for its mark or its marks of units", async () => {
    const path = fresh();
    const folder = await ResultsFolder.create(path, PLAN);
    for (const name of ["running", "failed"]) {
      await rm(join(path, name), { recursive: true });
      await writeFile(join(path, name), "");
      await expect(folder.state()).rejects.toThrow(/ENOTDIR.*; expected a folder of results/);
      await expect(folder.state()).rejects.toThrow(InputError);
      await rm(join(path, name));
    }
    await writeFile(join(path, "plan.json"), "null");
    await expect(ResultsFolder.open(path, PLAN)).rejects.toThrow("plan.json: plan: found undefined; expected");
  });
});

describe("create()", () => {
  it("refuses the results of another plan, and leaves them as they are", async () => {
    const path = fresh();
    await ResultsFolder.create(path, OTHER_PLAN);
    await rm(join(path, "tmp"), { recursive: true });
    const before = await readdir(path);
    await expect(ResultsFolder.create(path, PLAN)).rejects.toThrow(
      /plan: found 2+; expected 1+: these are results of another plan/,
    );
    expect(await readdir(path)).toEqual(before);
  });

  it("refuses a folder of something else, and leaves it as it is", async () => {
    const path = fresh();
    await mkdir(path);
    await writeFile(join(path, "thesis.tex"), "");
    await expect(ResultsFolder.create(path, PLAN)).rejects.toThrow(/thesis\.tex in it, and no plan\.json/);
    expect(await readdir(path)).toEqual(["thesis.tex"]);
  });

  it("refuses a file, and a mark that is cut", async () => {
    const file = fresh();
    await writeFile(file, "");
    await expect(ResultsFolder.create(file, PLAN)).rejects.toThrow(/ENOTDIR/);
    const path = fresh();
    await ResultsFolder.create(path, PLAN);
    await writeFile(join(path, "plan.json"), '{"pl');
    await expect(ResultsFolder.create(path, PLAN)).rejects.toThrow(/plan\.json: .*expected a folder of results/);
  });

  it("takes a folder with any name", async () => {
    const path = join(fresh(), "Zoë's «results» 100% \n [x] {1..3} $HOME *?");
    await doUnit(path);
    await expectWhole(path);
  });

  it("removes what dead processes were writing only when that is old", async () => {
    const path = fresh();
    await ResultsFolder.create(path, PLAN);
    const [old, young] = [join(path, "tmp", "old"), join(path, "tmp", "young")];
    for (const name of [old, young]) await writeFile(name, "half");
    const then = new Date(Date.now() - 25 * 3600 * 1000);
    await utimes(old, then, then);
    await ResultsFolder.create(path, PLAN);
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });
});

describe("marks", () => {
  /** A pid that no process has. */
  const DEAD = 2 ** 22 + 1;
  const markOf = (path: string) => join(path, "running", "unit-000001");
  const aged = async (path: string, ageMs: number) => {
    const then = new Date(Date.now() - ageMs);
    await utimes(markOf(path), then, then);
  };

  it("tell who does a unit until it is done, and keep nobody from doing it", async () => {
    const path = fresh();
    const folder = await ResultsFolder.create(path, PLAN);
    const other = await ResultsFolder.create(path, PLAN);
    expect(await folder.begin(1)).toBe(true);
    expect(await other.begin(1)).toBe(false);
    expect([...(await other.state()).running]).toEqual([
      [1, { host: hostname(), pid: process.pid, since: expect.stringMatching(/^\d{4}-.*Z$/), isStale: false }],
    ]);
    await other.write(resultOf(1));
    expect(await folder.state()).toEqual({ done: new Set([1]), running: new Map(), failed: new Map() });
    await folder.write(resultOf(1));
    expect(await readdir(join(path, "running"))).toEqual([]);
  });

  it("count as stale without a sign of life, or where there is no such process, and go when the unit is begun", async () => {
    for (const [host, pid, ageMs, isStale] of [
      [hostname(), DEAD, 0, true],
      ["elsewhere", DEAD, 0, false],
      ["elsewhere", DEAD, STALE_MS - 5000, false],
      ["elsewhere", DEAD, STALE_MS + 1000, true],
      ["elsewhere", DEAD, -STALE_MS - 5000, true],
      [hostname(), process.pid, STALE_MS + 1000, true],
    ] as const) {
      const path = fresh();
      const folder = await ResultsFolder.create(path, PLAN);
      await writeFile(markOf(path), JSON.stringify({ host, pid, since: "2026-01-01T00:00:00Z" }));
      await aged(path, ageMs);
      expect((await folder.state()).running.get(1)?.isStale, `${host} ${pid} ${ageMs}`).toBe(isStale);
      expect(await folder.begin(1)).toBe(isStale);
      folder.close();
      expect(existsSync(markOf(path))).toBe(!isStale);
    }
    expect(HEARTBEAT_MS * 3).toBeLessThan(STALE_MS);
  });

  it("tell which units failed and why, until they are begun again or done", async () => {
    const path = fresh();
    const folder = await ResultsFolder.create(path, PLAN);
    await folder.begin(1);
    await folder.fail(1, "a.lk: line 3: bad");
    expect(await folder.state()).toEqual({
      done: new Set(),
      running: new Map(),
      failed: new Map([[1, { message: "a.lk: line 3: bad", host: hostname() }]]),
    });
    await folder.begin(1);
    const { failed, running } = await folder.state();
    expect([failed.size, running.size]).toEqual([0, 1]);
    await folder.fail(1, "x".repeat(1e6));
    expect((await folder.state()).failed.get(1)?.message.length).toBeLessThan(5000);
    await folder.write(resultOf(1));
    expect((await folder.state()).failed.size).toBe(0);
  });

  it("that are cut, or of something else, are none", async () => {
    const path = fresh();
    const folder = await ResultsFolder.create(path, PLAN);
    for (const text of ["", "{", "null", "[]", '{"host":1,"pid":"x"}', '{"message":7}']) {
      await writeFile(markOf(path), text);
      await writeFile(join(path, "failed", "unit-000001"), text);
      await writeFile(join(path, "running", "unit-1x"), text);
      expect(await folder.state()).toEqual({ done: new Set(), running: new Map(), failed: new Map() });
      expect(await folder.begin(1)).toBe(true);
      folder.close();
    }
  });
});

it("a folder of 100,000 results is looked through quickly", async () => {
  const path = fresh();
  const folder = await ResultsFolder.create(path, PLAN);
  let asked = 0;
  const names = Array.from({ length: 1000 }, (_, index) => index);
  const files = {
    ...watchedFiles(() => undefined).files,
    readdir: async (of: string) => {
      asked++;
      if (of === path) return names.slice(0, 100).map((name) => String(name).padStart(4, "0"));
      const first = Number(of.slice(-4)) * 1000;
      return names.map((name) => `unit-${String(first + name).padStart(6, "0")}.json`);
    },
  } as unknown as FileSystem;
  expect((await (await ResultsFolder.open(path, PLAN, files)).done()).size).toBe(100_000);
  expect(asked).toBe(101);
  folder.close();
  await rename(path, `${path}.moved`);
});
