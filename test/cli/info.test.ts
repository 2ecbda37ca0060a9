import { existsSync, readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import type { InfoFailure, InfoResult } from "../../src/report/results.ts";
import { json, output, pagewalk, recorded, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 60_000 });

const GOOD = "I  04001000,3\n L 1ffefff860,8\n S 1ffefff858,8\n";
const BAD = `${GOOD}Hello world, how are you\n L 1ffefff8,80000\n${GOOD}`;

const temporary = temporaryFolder();

async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(temporary(name), content);
  return temporary(name);
}

describe("info", () => {
  it("reads like this of a recorded trace", async () => {
    const path = recorded("matmul24.native.lk.xz");
    const text = await output(["info", path, "--ascii"]);
    const told = text.replace(path, "TRACE").replace(/^time .*$/m, "time           TIME");
    await expect(told).toMatchFileSnapshot("../golden/matmul24.native.info.txt");
  });

  it("writes regions as CSV beside the result", async () => {
    const path = recorded("matmul24.native.lk.xz");
    const result = await json<InfoResult>(["info", path, "--regions", temporary("regions.csv")]);
    const [head, ...rows] = (await readFile(temporary("regions.csv"), "utf8")).trimEnd().split("\n");
    expect(head).toBe("trace,address,bytes,pages,codePages,dataPages,fetches,loads,stores,modifies,guess");
    expect(rows.map((row) => row.split(",")[1])).toEqual(result.regions.ranges.map(({ address }) => address));
    expect(result).toMatchObject({ complete: true, error: null, notes: [], threads: [] });
    expect(result).not.toHaveProperty("repair");
  });

  it("tells what is known of a bad trace before the error, then what is wrong, and ends with 1", async () => {
    const path = await file("bad.lk", BAD);
    const { status, stdout, stderr } = await pagewalk(["info", path]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^pagewalk: .*bad\.lk: line 5, record 4, byte 71: found " L 1ffefff8,80000": .*\n$/);
    expect(stdout).toMatch(/^BEFORE THE ERROR/);
    expect(stdout).toMatch(/^records +3: 1 fetch, 1 load, 1 store, 0 modify$/m);
    const diagnosis = stdout.slice(stdout.indexOf("THE TRACE IS BAD"));
    expect(diagnosis).toContain("\n  line         5\n  record       4\n  byte         71\n");
    expect(diagnosis).toContain("likely cause: something else was written into the trace");
    expect(diagnosis).toContain("what to do: record it again into a file of its own");
    expect(diagnosis).toMatch(/^00000040 .*\|re you. L 1ffeff\|$/m);
  });

  it("gives the same as JSON, marked as not complete", async () => {
    const path = await file("bad.lk.gz", gzipSync(BAD));
    const { status, stdout } = await pagewalk(["info", path, "--json"]);
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "pagewalk/info@1",
      complete: false,
      trace: { records: 3, compression: "gzip" },
      error: {
        code: "size-out-of-range",
        line: 5,
        record: 4,
        byteOffset: 71,
        storedOffset: expect.any(Number),
        wholeBytes: 71,
        likelyCause: { name: "program-output" },
        neighbourhood: { markedBytes: 17 },
      },
    });
  });

  it("tells both offsets of a compressed file that was cut short, each by its name", async () => {
    const whole = readFileSync(recorded("python.200k.lk.gz"));
    const path = await file("cut.lk.gz", whole.subarray(0, 50_000));
    const { status, stdout, stderr } = await pagewalk(["info", path]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/: record \d+, byte \d+ decompressed, about byte 50000 stored: the file is truncated: /);
    expect(stdout).toMatch(/^ {2}byte +[\d,]+ of the decompressed data$/m);
    expect(stdout).toMatch(/^ {2}stored byte +about 50,000 of the compressed data$/m);
    expect(stdout).toContain("likely cause: the compressed file was cut off");
  });

  it.each([
    ["page.lk.gz", "<!DOCTYPE html>\n<html></html>\n", "html-page", "is an HTML page"],
    [
      "pointer.lk",
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
      "git-lfs-pointer",
      "is a Git LFS pointer",
    ],
    ["marked.lk", `\ufeff${GOOD}`, "byte-order-mark", "begins with a UTF-8 byte-order mark"],
    ["empty.lk", "", null, "is empty"],
  ])("diagnoses %s, which is no trace", async (name, content, cause, reason) => {
    const path = await file(name, content);
    const { status, stdout, stderr } = await pagewalk(["info", path, "--json"]);
    expect(status).toBe(1);
    expect(stderr).toContain(reason);
    const result: InfoFailure = JSON.parse(stdout);
    expect(result).toMatchObject({ schema: "pagewalk/info@1", complete: false, trace: { path } });
    expect(result.error.likelyCause?.name ?? null).toBe(cause);
    expect((await pagewalk(["info", path])).stdout).toContain("THE TRACE IS BAD");
    expect((await pagewalk(["run", path])).stderr).toContain(reason);
  });

  it("tells of the good ones among several traces", async () => {
    const paths = [await file("bad.lk", BAD), await file("none.lk", "{}\n"), await file("good.lk", GOOD)];
    const { status, stdout } = await pagewalk(["info", ...paths, "--csv"]);
    expect(status).toBe(1);
    const [head = "", ...rows] = stdout.trimEnd().split("\n");
    expect(rows.map((row) => row.split(",")[head.split(",").indexOf("complete")])).toEqual(["false", "true"]);
  });
});

describe("info --repair", () => {
  it("writes what stands before the error, says so, and ends with 3", async () => {
    const path = await file("bad.lk", BAD);
    for (const [name, read] of [
      ["kept.lk", (bytes: Buffer) => bytes],
      ["kept.lk.gz", gunzipSync],
    ] as const) {
      const { status, stdout, stderr } = await pagewalk(["info", path, "--json", "--repair", temporary(name)]);
      expect(status).toBe(3);
      expect(stderr).toMatch(
        /has the 3 records before the error, 71 bytes decompressed; from byte 71 on 6\d bytes were/,
      );
      const kept = BAD.slice(0, 71);
      expect(read(readFileSync(temporary(name))).toString()).toBe(kept);
      const droppedBytes = BAD.length - kept.length;
      expect(JSON.parse(stdout).repair).toEqual({
        ...{ path: temporary(name), records: 3, bytes: 71, droppedFrom: 71, droppedBytes },
      });
      expect(await json(["run", temporary(name)])).toMatchObject({ trace: { records: 3 } });
    }
  });

  it("writes another format if the name asks for it", async () => {
    const path = await file("bad.lk", BAD);
    const { status } = await pagewalk(["info", path, "--repair", temporary("kept.champsim")]);
    expect(status).toBe(3);
    expect(readFileSync(temporary("kept.champsim"))).toHaveLength(64);
  });

  it("writes nothing of a good trace, nor of one without a good record", async () => {
    const kept = temporary("nothing.lk");
    const good = await pagewalk(["info", await file("good.lk", GOOD), "--repair", kept]);
    expect(good).toMatchObject({ status: 0, stderr: expect.stringContaining("there was nothing to repair") });
    const bad = await pagewalk(["info", await file("first.lk", " L 1000,0\n"), "--repair", kept]);
    expect(bad).toMatchObject({ status: 1, stderr: expect.stringContaining("no whole record before the error") });
    const none = await pagewalk(["info", await file("none.lk", "{}\n"), "--repair", kept]);
    expect(none).toMatchObject({ status: 1, stderr: expect.stringContaining("was not written") });
    expect(existsSync(kept)).toBe(false);
  });

  it.each([
    ["two traces", ["a.lk", "b.lk", "--repair", "out.lk"], "takes one trace"],
    ["standard input", ["-", "--repair", "out.lk"], "takes one trace"],
    ["a window", ["a.lk", "--skip", "1", "--repair", "out.lk"], "takes a whole trace"],
    ["what is not written", ["a.lk", "--repair", "out.lk.xz"], "Names end with .gz"],
    ["no name", ["a.lk", "--repair", "-"], "Expected a file name"],
    ["the same file twice", ["a.lk", "--repair", "out.lk", "-o", "./out.lk"], "name the same file"],
  ])("refuses %s", async (_, args, reason) => {
    const { status, stderr } = await pagewalk(["info", ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(reason);
  });

  it("does not write over the trace", async () => {
    const path = await file("bad.lk", BAD);
    const { status, stderr } = await pagewalk(["info", path, "--repair", path]);
    expect(status).toBe(1);
    expect(stderr).toContain("is an input");
    expect(readFileSync(path, "utf8")).toBe(BAD);
  });
});
