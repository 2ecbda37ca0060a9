import { readdir, readFile, writeFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import type { RunResult, SweepResult } from "../../src/report/results.ts";
import { failure, finished, json, output, pagewalk, recorded, start, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 60_000 });

const MATMUL = recorded("matmul24.native.lk.xz");
const LOADS = " L 1000,8\n L 2000,8\n L 1000,8\n";

const temporary = temporaryFolder();

describe("--csv", () => {
  it("has the numbers of the JSON, a row for each TLB", async () => {
    const { tlbs } = await json<RunResult>(["run", MATMUL]);
    const rows = parseCsv(await output(["run", MATMUL, "--csv"]));
    expect(rows).toMatchObject(
      tlbs.map((tlb) => ({
        trace: MATMUL,
        tlb: tlb.name,
        lookups: String(tlb.lookups),
        misses: String(tlb.misses),
        missRatio: String(tlb.missRatio),
        mpki: String(tlb.mpki),
      })),
    );
  });

  it("has the numbers of the JSON, a row for each point", async () => {
    const { points } = await json<SweepResult>(["sweep", MATMUL]);
    const rows = parseCsv(await output(["sweep", MATMUL, "--csv"]));
    expect(rows).toMatchObject(
      points.map(({ entries, ways, misses, index, engine, conflictMisses, setDirty, mpki }) => ({
        entries: String(entries),
        ways: String(ways),
        misses: String(misses),
        index,
        engine,
        conflictMisses: String(conflictMisses),
        setDirty: String(setDirty),
        mpki: String(mpki),
      })),
    );
  });

  it("can be parsed whatever the name of the trace, and has one header for several", async () => {
    const path = temporary('a "b", c.lk');
    await writeFile(path, LOADS);
    const rows = parseCsv(await output(["info", path, MATMUL, "--csv"]));
    expect(rows).toMatchObject([
      { trace: path, records: "3", instructions: "0", pages4K: "2" },
      { trace: MATMUL, records: "311574", pages4K: "180" },
    ]);
  });
});

describe("text", () => {
  it.each(["run", "sweep", "info"])("of %s shows the counts of the JSON", async (command) => {
    const result = await json<object>([command, MATMUL]);
    const text = await output([command, MATMUL]);
    const { time: _, ...counted } = result as { time: unknown };
    for (const [path, count] of countsIn(counted)) {
      if (/\.(entries|ways|sets|missRatio|bytes|storedBytes)$|^config\./.test(path)) continue; // as 64:4, 0%, 5.4 MiB
      // What stands in pictures, in sums of a few, and in curves, is told by some of it.
      if (command === "info" && /^(sizes|regions|reuse|workingSet|threads|notes|architecture)\./.test(path)) continue;
      // The tables of a sweep are of misses, and its plot of samples.
      if (command === "sweep" && /^curves\.|\.(hits|capacityMisses|conflictMisses|setDirty|mpki)$/.test(path)) continue;
      if (command === "sweep" && path.startsWith("invalidations.") && count === 0) continue;
      expect(text, path).toMatch(new RegExp(`(?<![\\d,.])${count.toLocaleString("en-US")}(?![\\d,])`));
    }
    expect(text).toContain(MATMUL);
  });

  it("is the same with NO_COLOR, with FORCE_COLOR and without, and has no escape sequences", async () => {
    const texts = await Promise.all(
      [{}, { NO_COLOR: "1" }, { FORCE_COLOR: "1" }].map((env) => output(["sweep", MATMUL], { env })),
    );
    const [first, ...others] = texts.map((text) => text.replace(/^time .*$/m, ""));
    for (const text of others) expect(text).toBe(first);
    expect(first).not.toContain("\x1b");
  });

  it("of sweep says at which sizes hit rates and cold misses alone are reached", async () => {
    const { curves } = await json<SweepResult>(["sweep", MATMUL, "--page-sizes", "all"]);
    const text = (await output(["sweep", MATMUL, "--page-sizes", "all"])).replace(/\n {4}/g, " ");
    expect(curves.map(({ pageSize }) => pageSize)).toEqual(["4K", "2M", "1G"]);
    for (const { pageSize, knees, floorEntries, coldMisses } of curves) {
      const [first] = knees;
      const reaches = first?.entries === 1 ? "1 entry reaches" : `${first?.entries} entries reach`;
      expect(text).toContain(`  - ${pageSize} pages: ${reaches} 99% hits, `);
      expect(text).toContain(
        `from ${floorEntries === 1 ? "1 entry" : `${floorEntries} entries`} on only the cold misses are left: ${coldMisses} (`,
      );
    }
  });

  it("of sweep is as wide as COLUMNS says where there is no terminal", async () => {
    const widest = async (env: Record<string, string>) =>
      Math.max(...(await output(["sweep", MATMUL], { env })).split("\n").map((line) => line.length));
    expect(await widest({ COLUMNS: "200" })).toBeGreaterThan(180);
    const usual = await widest({});
    expect(usual).toBeLessThanOrEqual(80);
    expect(await widest({ COLUMNS: "x" })).toBe(usual);
  });

  it("has only ASCII with --ascii", async () => {
    expect(await output(["sweep", MATMUL, "--ascii"])).toMatch(/^[\n -~]*$/);
  });
});

describe("--output", () => {
  it("writes to the file what else goes to standard output", async () => {
    const path = temporary("out.csv");
    expect(await output(["sweep", MATMUL, "--csv", "-o", path])).toBe("");
    expect(await readFile(path, "utf8")).toBe(await output(["sweep", MATMUL, "--csv", "-o", "-"]));
  });

  it("leaves the old file, and nothing beside it, when the trace is bad", async () => {
    const path = temporary("old.json");
    await writeFile(path, "old");
    const before = await readdir(temporary("."));
    await failure(1, ["run", MATMUL, "-", "--json", "-o", path], { input: `${LOADS} L 1000,0\n` });
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(temporary("."))).toEqual(before);
  });

  it("fails before the trace is read where there is no such folder", async () => {
    const path = temporary("no/such.json");
    const child = start(["run", "-", "-o", path]); // a trace that never comes
    const { status, stderr } = await finished(child);
    expect(stderr).toBe(`pagewalk: ${path}: cannot be written: ENOENT: no such file or directory\n`);
    expect(status).toBe(1);
  });

  it("does not replace a trace by its result", async () => {
    const path = temporary("precious.lk");
    await writeFile(path, LOADS);
    const message = await failure(1, ["run", path, "-o", temporary("./precious.lk")]);
    expect(message).toContain("it is an input that is to be read");
    expect(await readFile(path, "utf8")).toBe(LOADS);
  });
});

describe("--svg", () => {
  it("writes the picture beside the result, with the traces by name", async () => {
    const path = temporary("sweep.svg");
    const second = temporary("a <b> & c.lk");
    await writeFile(second, LOADS);
    const text = await output(["sweep", MATMUL, second, "--csv", "--svg", path]);
    expect(text).toBe(await output(["sweep", MATMUL, second, "--csv"]));
    const picture = await readFile(path, "utf8");
    expect(picture).toMatch(/^<svg xmlns=[\s\S]*<\/svg>\n$/);
    expect(picture).toContain("matmul24.native.lk.xz</text>");
    expect(picture).toContain("a &#60;b&#62; &#38; c.lk</text>");
  });

  it("fails before the trace is read where it cannot be written, and replaces no trace", async () => {
    const path = temporary("no/such.svg");
    const { status, stderr } = await finished(start(["sweep", "-", "--svg", path])); // a trace that never comes
    expect(stderr).toBe(`pagewalk: ${path}: cannot be written: ENOENT: no such file or directory\n`);
    expect(status).toBe(1);
    const trace = temporary("trace.lk");
    await writeFile(trace, LOADS);
    expect(await failure(1, ["sweep", trace, "--svg", trace])).toContain("it is an input that is to be read");
    expect(await readFile(trace, "utf8")).toBe(LOADS);
  });

  it("leaves the old picture, and nothing beside it, when the trace is bad", async () => {
    const path = temporary("old.svg");
    await writeFile(path, "old");
    const before = await readdir(temporary("."));
    await failure(1, ["sweep", "-", "--svg", path], { input: `${LOADS} L 1000,0\n` });
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(temporary("."))).toEqual(before);
  });
});

describe("a reader that closes the pipe", () => {
  it.each([
    ["a result", ["run", MATMUL]],
    ["more than a pipe holds", ["sweep", MATMUL, "--json", "--geometry", range(1, 800)]],
    ["help", ["run", "--help"]],
  ])("ends the process without a word and with status 0: %s", async (_, args) => {
    const child = start(args);
    child.stdin.end();
    child.stdout.destroy();
    const { status, stderr } = await finished(child);
    expect(stderr).toBe("");
    expect(status).toBe(0);
  });
});

it("says nothing on standard error with --quiet, either", async () => {
  expect(await pagewalk(["info", MATMUL, "--quiet"])).toMatchObject({ status: 0, stderr: "" });
});

function range(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).join(",");
}

/** Rows of a CSV text (RFC 4180) as objects. */
function parseCsv(text: string): Record<string, string>[] {
  const cells = [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\n"]*))([,\n])/g)];
  const lines: string[][] = [[]];
  for (const [, quoted, bare, end] of cells) {
    lines.at(-1)?.push(quoted === undefined ? (bare ?? "") : quoted.replaceAll('""', '"'));
    if (end === "\n") lines.push([]);
  }
  expect(lines.pop(), "the text ends with a newline").toEqual([]);
  const [head = [], ...rows] = lines;
  return rows.map((row) => {
    expect(row).toHaveLength(head.length);
    return Object.fromEntries(head.map((name, column) => [name, row[column] ?? ""]));
  });
}

/** All whole numbers in a tree of objects and arrays, with their paths. */
function countsIn(value: unknown, path = ""): [path: string, count: number][] {
  if (typeof value === "number") return Number.isInteger(value) ? [[path, value]] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => countsIn(member, path === "" ? key : `${path}.${key}`));
}
