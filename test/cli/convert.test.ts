/** `pagewalk convert`, from its arguments to the file. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync } from "node:fs";
import { link, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import type { ConvertFileResult } from "../../src/report/results.ts";
import { failure, json, output, pagewalk, plainBytes, recorded, start, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 30_000 });

const TRACE = recorded("lua_bt7.lk.zst");
const FIVE = "I  00401000,4\n L 00001000,8\nI  00401004,4\n S 00002000,8\nI  00401008,4\n";

const temporary = temporaryFolder();

describe("convert to a file", () => {
  it("writes the records of a trace, and sums up what it did", async () => {
    const text = new TextDecoder("latin1").decode(await plainBytes(TRACE));
    const records = text.split("\n").filter((line) => /^(I {2}| [LSM] )/.test(line));
    const { status, stdout, stderr } = await pagewalk(["convert", TRACE, temporary("lua.lk")]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect((await readFile(temporary("lua.lk"), "latin1")) === `${records.join("\n")}\n`).toBe(true);
    expect(stderr).toBe(
      `${TRACE} (lackey (zstd), 503,056 bytes): 2,745,438 records ` +
        "(1,983,478 fetch, 504,536 load, 248,856 store, 8,568 modify), 1,983,478 instructions\n" +
        `${temporary("lua.lk")}: lackey, 39,167,608 bytes, 14.266 a record, 77.859 times the input\n`,
    );
  });

  it("compresses what is to be called .gz, and takes the format from the name before", async () => {
    await writeFile(temporary("five.lk"), FIVE);
    const result = await json<ConvertFileResult>(["convert", temporary("five.lk"), temporary("five.LK.gz")]);
    const stored = await readFile(temporary("five.LK.gz"));
    expect(gunzipSync(stored).toString()).toBe(FIVE);
    expect(result).toMatchObject({
      schema: "pagewalk/convert@1",
      trace: { path: temporary("five.lk"), records: 5, storedBytes: FIVE.length },
      output: {
        path: temporary("five.LK.gz"),
        format: "lackey",
        compression: "gzip",
        bytes: FIVE.length,
        storedBytes: stored.length,
      },
      notes: [],
    });
    expect(readdirSync(temporary(".")).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it.each([
    ["five.champsim", 3 * 64],
    ["five.oracleGeneral.bin", 5 * 24],
    ["five.bin --to oraclegeneral --stream data", 2 * 24],
  ])("%s", async (args, bytes) => {
    await writeFile(temporary("five.lk"), FIVE);
    const [name = "", ...options] = args.split(" ");
    expect(await output(["convert", temporary("five.lk"), temporary(name), ...options, "--quiet"])).toBe("");
    expect((await stat(temporary(name))).size).toBe(bytes);
  });

  it("replaces what a link names, and keeps the old file when the trace is bad", async () => {
    await writeFile(temporary("real.lk"), "old");
    await symlink("real.lk", temporary("link.lk"));
    await writeFile(temporary("bad.lk"), `${FIVE} L 1000,0\n`);
    expect(await failure(1, ["convert", temporary("bad.lk"), temporary("link.lk")])).toContain("record 6");
    expect(await readFile(temporary("real.lk"), "utf8")).toBe("old");
    await writeFile(temporary("five.lk"), FIVE);
    await output(["convert", temporary("five.lk"), temporary("link.lk"), "-q"]);
    expect(await readFile(temporary("real.lk"), "utf8")).toBe(FIVE);
  });

  it("leaves records out only when that is asked for, and says so", async () => {
    await writeFile(temporary("zero.lk"), `${FIVE} L 00000000,8\n`);
    const args = ["convert", temporary("zero.lk"), temporary("zero.champsim")];
    expect(await failure(1, args)).toContain("record 6: cannot be written as ChampSim: 1 access to address 0");
    expect(readdirSync(temporary(".")).filter((name) => name.includes("zero.champsim"))).toEqual([]);
    const { status, stderr } = await pagewalk([...args, "--lossy"]);
    expect(status).toBe(0);
    expect(stderr).toContain("left out: 1 access to address 0");
    expect(stderr).toContain("note: sizes of 5 records were lost");
  });
});

describe("convert to standard output", () => {
  it("writes the trace there, and the summary to standard error", async () => {
    const { status, stdout, stderr } = await pagewalk(["convert", "-", "-", "--to", "lackey", "--json"], {
      input: FIVE,
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: FIVE });
    expect(JSON.parse(stderr)).toMatchObject({ trace: { path: "-", storedBytes: null }, output: { path: "-" } });
  });

  it("keeps pages alone, or whole records, in blocks that are compressed as asked", async () => {
    const file = temporary("chosen.pwt");
    const written = async (...options: string[]) => {
      await output(["convert", TRACE, file, "--quiet", ...options]);
      return readFile(file);
    };
    const pages = await written("--pages-only");
    expect(pages).toEqual(await written("--to", "pwt-pages"));
    expect(pages).toEqual(await written("--pages-only", "--to", "pwt"));
    const sizes: number[] = [];
    for (const options of [[], ["--level", "9"], ["--compression", "none"]]) {
      const full = await written(...options);
      expect(full[9]).toBe(1);
      sizes.push(full.length);
    }
    const [usual = 0, small = 0, plain = 0] = sizes;
    expect(small).toBeLessThan(usual);
    expect(plain).toBeGreaterThan(3 * usual);
    expect((await written("--pages-only", "--compression", "none")).length).toBeGreaterThan(2 * pages.length);
  });

  it("goes through a pipe into another one", async () => {
    const args = ["dist/cli/main.js", "convert", "-", "-", "--to", "lackey", "-q"];
    const half = execFileSync(process.execPath, [...args, "--limit", "2"], { input: FIVE });
    expect(execFileSync(process.execPath, args, { input: half }).toString()).toBe("I  00401000,4\n L 00001000,8\n");
  });
});

describe("convert refuses", () => {
  it.each([
    [
      "a name that says no format",
      ["out.trace"],
      "the output: got out.trace; allowed: names that end with .pages.pwt, .pwt, .lk",
    ],
    ["a compression that it does not write", ["out.lk.xz"], "names that end with .gz, or with no compression; as NAME"],
    ["standard output without a format", ["-"], "or say the format with --to"],
    [
      "a format that there is not",
      ["out.lk", "--to", "din"],
      "--to: got din; allowed: pwt-pages, pwt, lackey, champsim",
    ],
    ["a stream of a format that has none", ["out.lk", "--stream", "data"], "--stream: got data; allowed: nothing"],
    ["a stream that there is not", ["o.oraclegeneral", "--stream", "x"], "--stream: got x; allowed: data, fetch, all"],
    [
      "pages alone of another format",
      ["out.lk", "--pages-only"],
      "--pages-only: got lackey; allowed: an output of pwt",
    ],
    ["blocks that are not of .pwt", ["o.lk", "--compression", "none"], "--compression: got none; allowed: nothing"],
    ["a compression that there is not", ["o.pwt", "--compression", "zstd"], "got zstd; allowed: none, deflate"],
    ["a level that there is not", ["o.pwt", "--level", "10"], "--level: got 10; allowed: 1 (fast) to 9 (small)"],
    ["a level of nothing", ["o.pwt", "--compression", "none", "--level", "1"], "--level: got 1; allowed: none, where"],
    ["a warm-up", ["out.lk", "--warmup", "5"], "unknown option '--warmup'"],
    ["several outputs", ["out.lk", "--threads", "separate"], "--threads: got separate; allowed: merge, or the id"],
    ["a wrong window", ["out.lk", "--skip", "x"], "--skip: got x; allowed: a whole number"],
    ["no output", [], "missing required argument 'out'"],
  ])("%s", async (_, [path = "", ...options], message) => {
    const target = /^[a-z]/.test(path) ? [temporary(path)] : path === "" ? [] : [path];
    const stderr = await failure(2, ["convert", TRACE, ...target, ...options]);
    expect(stderr.replace(temporary("x").slice(0, -1), "")).toContain(message);
  });

  it("its input as its output, by whatever name", async () => {
    await mkdir(temporary("same"));
    await writeFile(temporary("same/five.lk"), FIVE);
    await symlink("five.lk", temporary("same/link.lk"));
    await link(temporary("same/five.lk"), temporary("same/hard.lk"));
    for (const name of ["five", "link"]) {
      const stderr = await failure(1, ["convert", temporary("same/five.lk"), temporary(`same/${name}.lk`)]);
      expect(stderr).toContain("is an input that is to be read");
    }
    // Replacing one of two names leaves the other, with what was there.
    await output(["convert", temporary("same/five.lk"), temporary("same/hard.lk"), "--limit", "1", "-q"]);
    expect(await readFile(temporary("same/five.lk"), "utf8")).toBe(FIVE);
  });

  it("its input as standard output, which would never end", async () => {
    await writeFile(temporary("endless.lk"), FIVE);
    const file = openSync(temporary("endless.lk"), "a");
    const run = () =>
      execFileSync(process.execPath, ["dist/cli/main.js", "convert", temporary("endless.lk"), "-", "--to", "lackey"], {
        stdio: ["ignore", file, "pipe"],
      });
    expect(run).toThrow("standard output: cannot be written: it is the input that is to be read");
    closeSync(file);
    expect(await readFile(temporary("endless.lk"), "utf8")).toBe(FIVE);
  });

  it("a folder that is not there, before it reads", async () => {
    const child = start(["convert", "-", temporary("no/such.lk")]);
    const [code] = await once(child, "exit"); // its standard input stays open
    expect(code).toBe(1);
  });
});
