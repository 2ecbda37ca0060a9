import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { Mapping, MapSummary } from "../../src/report/mapping.ts";
import { limeHeader } from "../helpers/dumps.ts";
import { A, D, G, LINK, P, PS, RW, TestTables, US, XD } from "../map/tables.ts";
import { failure, finished, output, pagewalk, start, temporaryFolder } from "./pagewalk.ts";

const LA48 = fileURLToPath(new URL("../dumps/dev-la48.lime.gz", import.meta.url));
const RECORDED = ["map", "--memory", LA48, "--cr3", "0x45c8000"];

const inFolder = temporaryFolder();

/** A program's two pages, one of which follows the other, and a large page of the kernel that is W+X. */
function tables(): TestTables {
  return new TestTables()
    .put(0x1000n, 0, 0x2000n | LINK)
    .put(0x1000n, 511, 0x2000n | LINK)
    .put(0x2000n, 0, 0x3000n | LINK)
    .put(0x3000n, 0, 0x4000n | LINK)
    .put(0x3000n, 1, 0x60_0000n | PS | P | RW | G | A | D)
    .put(0x4000n, 1, 0x9000n | P | RW | US | A | XD)
    .put(0x4000n, 2, 0xa000n | P | RW | US | XD);
}

let args: string[];

beforeAll(async () => {
  await writeFile(inFolder("ram.lime"), tables().dump());
  args = ["map", "--memory", inFolder("ram.lime"), "--cr3", "0x1000"];
});

/** Standard output and error of a `pagewalk` that must succeed. */
async function both(args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const { status, stdout, stderr } = await pagewalk(args);
  expect(status, stderr).toBe(0);
  return { stdout, stderr };
}

describe("pagewalk map", () => {
  it("prints a line for each page, and then the summary", async () => {
    expect(await output(args)).toBe(`\
virtual addresses                            physical        size u rwx GAD
0x1000-0x2000                                  0x9000       4 KiB u rw- -A-
0x2000-0x3000                                  0xa000       4 KiB u rw- ---
0x200000-0x400000                            0x600000       2 MiB k rwx GAD
0xffffff8000001000-0xffffff8000002000          0x9000       4 KiB u rw- -A-
0xffffff8000002000-0xffffff8000003000          0xa000       4 KiB u rw- ---
0xffffff8000200000-0xffffff8000400000        0x600000       2 MiB k rwx GAD

dump            ${inFolder("ram.lime")} (lime)
CR3             0x1000, 4-level paging (assumed; --la57 for five)
tables          4 frames: 1 PML4, 1 PDPT, 1 PD, 1 PT
mapped          6 pages, 4.0 MiB
                         user pages        size       kernel pages        size
  4K                              4      16 KiB                  0         0 B
  2M                              0         0 B                  2       4 MiB
  all sizes                       4      16 KiB                  2       4 MiB
global          2 pages, 4 MiB
W+X user        none
W+X kernel      2 pages, 4 MiB
                0x200000-0x400000  2 MiB
                0xffffff8000200000-0xffffff8000400000  2 MiB
`);
  });

  it("merges what follows one another", async () => {
    const lines = (await output([...args, "--merge"])).split("\n");
    expect(lines.slice(0, 3)).toEqual([
      "virtual addresses                            physical        size u rwx GAD KMG",
      "0x1000-0x3000                                  0x9000       8 KiB u rw- -A-",
      "0x200000-0x400000                            0x600000       2 MiB k rwx GAD -M-",
    ]);
    expect(await output([...RECORDED, "--merge"])).toMatch(
      /^0xffffff1900003000-.* k r-- GAD\n {4}mapped 65,536 times, every 64 KiB$/m,
    );
  });

  it("merges ranges for programs so that their sizes add up", async () => {
    const sizes = async (...more: string[]) =>
      (await output([...RECORDED, "--json", "-q", ...more]))
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).size);
    const sum = (all: number[]) => all.reduce((total, size) => total + size, 0);
    const merged = await sizes("--merge");
    expect(merged.length).toBeLessThan(66_000);
    expect(sum(merged)).toBe(sum(await sizes()));
  });

  it("prints JSON objects line by line, and the summary on standard error", async () => {
    const { stdout, stderr } = await both([...RECORDED, "--json"]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(73938);
    expect(lines[0]).toBe(
      '{"va":"0x400000","pa":"0x201000","size":4096,"write":false,"user":true,"execute":false,"global":false,' +
        '"accessed":true,"dirty":false,"entry":"0x8000000000201025"}',
    );
    expect((JSON.parse(lines.at(-1) ?? "") as Mapping).va).toBe("0xffffffffff5fd000");
    expect(stderr).toMatch(/^CR3 +0x45c8000, 4-level paging \(assumed; --la57 for five\)$/m);
    expect(await output([...RECORDED, "--json", "--quiet"])).toBe(stdout);
  });

  it("prints CSV, and the summary on standard error", async () => {
    const { stdout, stderr } = await both([...args, "--csv"]);
    expect(stdout.split("\n").slice(0, 2)).toEqual([
      "va,pa,size,write,user,execute,global,accessed,dirty,entry",
      "0x1000,0x9000,4096,true,true,false,false,true,false,0x8000000000009027",
    ]);
    expect(stdout.split("\n")).toHaveLength(1 + 6 + 1);
    expect(stderr).toMatch(/^W\+X kernel +2 pages, 4 MiB$/m);
    const merged = await output([...args, "--csv", "--merge", "-q"]);
    expect(merged.split("\n")[0]).toBe(`${stdout.split("\n")[0]},pages4K,pages2M,pages1G`);
  });

  it("prints the summary alone: as text and JSON", async () => {
    expect(await output(args)).toContain(`\n\n${await output([...args, "--summary"])}`);
    const summary: MapSummary = JSON.parse(await output([...args, "--summary", "--json"]));
    expect(summary).toMatchObject({ schema: "pagewalk/map-summary@1", mapped: { pages: 6 } });
  });

  it("asks whether CR3 is right where nothing is mapped", async () => {
    await writeFile(inFolder("empty.raw"), new Uint8Array(8192));
    const { stderr } = await both(["map", "--memory", inFolder("empty.raw"), "--cr3", "0x1000"]);
    expect(stderr).toBe("pagewalk: nothing is mapped; is 0x1000 the CR3 of this machine?\n");
  });

  it("writes a file, whole", async () => {
    const path = inFolder("map.txt");
    expect(await output([...args, "-o", path])).toBe("");
    expect(await readFile(path, "utf8")).toBe(await output(args));
    expect((await readdir(dirname(path))).filter((name) => name.includes("tmp"))).toEqual([]);
  });

  it("ends quietly when the reader of a pipe has seen enough", async () => {
    const child = start([...RECORDED, "--json"]);
    const ended = finished(child);
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect(await ended).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("pagewalk map refuses", () => {
  it("to go without a dump or CR3: wrong usage", async () => {
    expect(await failure(2, ["map", "--cr3", "0x1000"])).toMatch(/--memory/);
    expect(await failure(2, args.slice(0, 3))).toMatch(/--cr3/);
    expect(await failure(2, [...args, "--json", "--csv"])).toMatch(/cannot be used with/);
    expect(await failure(2, [...args, "--summary", "--csv"])).toMatch(/cannot be used with/);
  });

  it("a dump that is not there, is truncated or has a wrong magic", async () => {
    expect(await failure(1, ["map", "--memory", inFolder("none"), "--cr3", "0x1000"])).toMatch(
      /none: .*ENOENT|no such/,
    );
    const whole = tables().dump();
    await writeFile(inFolder("short.lime"), whole.slice(0, whole.length - 100));
    expect(await failure(1, ["map", "--memory", inFolder("short.lime"), "--cr3", "0x1000"])).toMatch(/short\.lime: /);
    await writeFile(
      inFolder("magic.lime"),
      Buffer.concat([whole, limeHeader(0x9000n, 4096).fill(7, 0, 4), whole.slice(0, 4096)]),
    );
    expect(await failure(1, ["map", "--memory", inFolder("magic.lime"), "--cr3", "0x1000"])).toMatch(
      /magic\.lime: byte/,
    );
  });

  it("CR3 outside the dump, and a table beyond it, naming level and physical address", async () => {
    const outside = await failure(1, [...args.slice(0, 3), "--cr3", "0x7000000"]);
    expect(outside).toMatch(/physical address 0x7000000: the PML4 that CR3 points to lies outside/);
    await writeFile(
      inFolder("gap.lime"),
      tables()
        .put(0x2000n, 5, 0x12_3000n | P)
        .dump(),
    );
    const beyond = await failure(1, ["map", "--memory", inFolder("gap.lime"), "--cr3", "0x1000"]);
    expect(beyond).toMatch(/physical address 0x123000: the PD that the PDPTE at physical address 0x2028 points to/);
  });

  it("to list more than can be, at once, while the summary still tells of it", async () => {
    await writeFile(inFolder("cyclic.lime"), new TestTables().fill(0x1000n, 0x1000n | P | RW).dump());
    const cyclic = ["map", "--memory", inFolder("cyclic.lime"), "--cr3", "0x1000"];
    expect(await failure(1, [...cyclic, "-o", inFolder("none.txt")])).toMatch(
      /68,719,476,736 pages, .*the PML4E at physical address 0x1000 points back to the table at 0x1000/,
    );
    await expect(readFile(inFolder("none.txt"))).rejects.toThrow("ENOENT");
    const summary = await output([...cyclic, "--summary"]);
    expect(summary).toMatch(/^mapped +68,719,476,736 pages, 256 TiB$/m);
    expect(summary).toMatch(/^self-reference +PML4E at physical 0x1000 points back to 0x1000$/m);
  });

  it("to write over the dump", async () => {
    expect(await failure(1, [...args, "-o", inFolder("ram.lime")])).toMatch(/cannot be written/);
    expect(await readFile(join(inFolder("ram.lime")))).toEqual(Buffer.from(tables().dump()));
  });
});
