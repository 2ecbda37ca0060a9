import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { exampleRegions } from "../../src/explain/example-process.ts";
import { explain } from "../../src/explain.ts";
import { explainText } from "../../src/report/explain-text.ts";
import type { Explanation } from "../../src/report/explanation.ts";
import { failure, finished, output, pagewalk, start, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 30_000 });

const file = temporaryFolder();
const DUMP = fileURLToPath(new URL("../dumps/dev-la48.lime.gz", import.meta.url));
const TABLES = ["--memory", DUMP, "--cr3", "0x45c8000"];

const lines = (text: string): Explanation[] =>
  text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const addressesOf = (text: string) => lines(text).map(({ address }) => BigInt(address));

describe("explain", () => {
  it("prints what the library says, as text and as JSON, one object a line", async () => {
    const addresses = ["0x0000800000001234", "0x400000", "0xffffffff81000000"];
    const explanations: Explanation[] = [];
    for await (const explanation of explain(addresses)) explanations.push(explanation);
    expect(lines(await output(["explain", ...addresses, "--json"]))).toEqual(explanations);
    const texts = explanations.map((explanation) => explainText(explanation, "the example process"));
    expect(await output(["explain", ...addresses])).toBe(texts.join("\n"));
  });

  it("says once what a canonical address is", async () => {
    const text = await output(["explain", "0x400000", "0x0000800000001234", "0x0000800000001234", "0x400000"]);
    expect(text.match(/NOT CANONICAL$/gm)).toHaveLength(2);
    expect(text.match(/What a canonical address is/g)).toHaveLength(1);
  });

  it("has the library's order of fields", async () => {
    for await (const explanation of explain(["0x400000"])) {
      expect(await output(["explain", "0x400000", "--json"])).toBe(`${JSON.stringify(explanation)}\n`);
    }
  });

  it("walks the tables of a dump", async () => {
    const [user, kernel] = lines(await output(["explain", "0x4016e0", "0xffffffff81000000", "--json", ...TABLES]));
    expect(user).toMatchObject({ physicalAddress: "0x2026e0", access: { kind: "read", privilege: "user" } });
    expect(kernel).toMatchObject({ fault: null, access: { privilege: "supervisor" } });
    const text = await output(["explain", "0x4016e0", ...TABLES]);
    expect(text).toContain("+ 0x6e0 (offset) = 0x2026e0");
    expect(text).toContain("4-level paging (assumed; --la57 for five)");
    expect(await output(["explain", "0x4016e0", ...TABLES, "--cr4", "PGE"])).not.toContain("assumed");
  });

  it("takes the access, who makes it, and the registers", async () => {
    const kinds = async (...options: string[]) =>
      lines(await output(["explain", "0x404000", "--json", ...options])).map(({ fault }) => fault?.kind ?? null);
    expect(await kinds()).toEqual([null]);
    expect(await kinds("--access", "fetch")).toEqual(["execute-disable"]);
    expect(await kinds("--access", "write", "--user")).toEqual([null]);
    expect(await kinds("--supervisor")).toEqual(["smap"]);
    expect(await kinds("--supervisor", "--rflags", "AC")).toEqual([null]);
    expect(await kinds("--supervisor", "--cr4", "PGE")).toEqual([null]);
    const stack = lines(await output(["explain", "0x800000000000", "--json", "--stack"]));
    expect(stack).toMatchObject([{ access: { stack: true }, fault: { vector: 12, signal: "SIGBUS" } }]);
    expect(await kinds("--efer", "0")).toEqual(["reserved-bit"]);
    expect(lines(await output(["explain", "0x404000", "--json", "--la57"]))[0]?.addressBits).toBe(57);
  });

  it("explains with entries changed, and tells which", async () => {
    const [before] = lines(await output(["explain", "0x401000", "--json"]));
    const [pde, pte] = before?.steps.slice(2) ?? [];
    const changes = ["--entry", `${pde?.physicalAddress}=0x2a6d065`, "--entry", `${pte?.physicalAddress}=0x1a2b4027`];
    const write = ["explain", "0x401000", "--access", "write"];
    expect(await output(["explain", "--help"])).toContain(`--entry ${pte?.physicalAddress}=`);
    const [changed] = lines(await output([...write, ...changes, "--json"]));
    expect(changed?.fault).toMatchObject({ kind: "read-only", level: "pde" });
    expect(changed?.steps.map(({ changedFrom }) => changedFrom)).toEqual([null, null, pde?.entry, pte?.entry]);
    expect(await output([...write, ...changes])).toContain(
      `0x1a2b4027          P R/W U/S A\n         changed from ${pte?.entry} by --entry\n         -> 4 KiB page`,
    );
    expect(await output([...write, ...changes.slice(2)])).not.toContain("FAULT");
  });

  it("changes entries of a dump", async () => {
    const [before] = lines(await output(["explain", "0x4016e0", "--json", ...TABLES]));
    const { physicalAddress, entry } = before?.steps.at(-1) ?? {};
    const [changed] = lines(
      await output(["explain", "0x4016e0", "--json", ...TABLES, "--entry", `${physicalAddress}=0`]),
    );
    expect(changed?.fault?.kind).toBe("not-present");
    expect(changed?.steps.at(-1)).toMatchObject({ entry: "0x0", changedFrom: entry });
  });

  it("reads addresses from standard input: first words, without comments and blank lines", async () => {
    const input = "0x1000 first\n\n# comment\n 0x2000\t2\r\n0x3000,8\n12288#4\n0x5000";
    const text = await output(["explain", "0xfff", "-", "0x6000", "--json"], { input });
    expect(addressesOf(text)).toEqual([0xfffn, 0x1000n, 0x2000n, 0x3000n, 12288n, 0x5000n, 0x6000n]);
    expect(await output(["explain", "-", "--json"], { input: "# none\n" })).toBe("");
  });

  it("explains what it has while standard input is open", async () => {
    const child = start(["explain", "-", "--json"]);
    const first = new Promise<string>((resolve) => child.stdout.once("data", (data) => resolve(String(data))));
    child.stdin.write("0x1000\n0x20");
    expect(addressesOf(await first)).toEqual([0x1000n]);
    child.stdin.end("00\n");
    const { status, stdout } = await finished(child);
    expect(status).toBe(0);
    expect(stdout).toContain("0x0000000000002000");
  });

  it("tells the line of an address that is none, explains those before it, and does not wait for more", async () => {
    const child = start(["explain", "-", "--json"]);
    child.stdin.write("0x1000\n\n0x12zz\n");
    const { status, stdout, stderr } = await finished(child);
    expect(addressesOf(stdout)).toEqual([0x1000n]);
    expect(stderr).toMatch(
      /^pagewalk: standard input: line 3: found 0x12zz; expected an address: 0x7f12 in hexadecimal/,
    );
    expect(status).toBe(1);
  });

  it("takes many addresses", async () => {
    const input = Array.from({ length: 100_000 }, (_, index) => `0x${(0x400000 + index * 64).toString(16)}\n`).join("");
    const { stdout, status } = await pagewalk(["explain", "-", "--json", ...TABLES], { input });
    expect(status).toBe(0);
    expect(stdout.split("\n")).toHaveLength(100_001);
    expect(stdout.slice(stdout.lastIndexOf("\n", stdout.length - 2))).toContain("0x0000000000a1a7c0");
  });

  it("ends with 1 if a table is not in the dump, and tells it once", async () => {
    const args = ["explain", "0x1000", "0x401000", "--memory", DUMP, "--cr3", "0x1000", "--json"];
    const { status, stdout, stderr } = await pagewalk(args);
    expect(status).toBe(1);
    expect(lines(stdout).map(({ error }) => error?.level)).toEqual(["pml4e", "pml4e"]);
    expect(stderr).toMatch(/^pagewalk: .*physical address 0x1000: the PML4 .*\npagewalk: 2 addresses not explained\n$/);
  });

  it("writes to a file, which is there whole or not at all", async () => {
    const path = file("explained.json");
    expect(await output(["explain", "0x1000", "--json", "-o", path])).toBe("");
    const before = await readFile(path, "utf8");
    expect(addressesOf(before)).toEqual([0x1000n]);
    const input = "0x2000\nnonsense\n";
    expect(await failure(1, ["explain", "-", "--json", "-o", path], { input })).toMatch(
      "standard input: line 2: found nonsense",
    );
    expect(await readFile(path, "utf8")).toBe(before);
    expect(await failure(1, ["explain", "0", "-o", file("no/such/folder")])).toMatch("cannot be written");
  });

  it("tells a dump that cannot be read", async () => {
    expect(await failure(1, ["explain", "0", "--memory", "nothing", "--cr3", "0"])).toMatch("nothing: no such file");
    const path = file("empty.raw");
    await writeFile(path, "");
    expect(await failure(1, ["explain", "0", "--memory", path, "--cr3", "0"])).toMatch("is empty");
  });

  it.each([
    [["xyz"], "address: got xyz; allowed: 0x7f12 in hexadecimal"],
    [["0x10000000000000000"], "address: got 0x10000000000000000; allowed: 64 bits"],
    [["-", "-"], "address: got - twice"],
    [["0", "--access", "fetch", "--stack"], "--access: got fetch; allowed: read, write: instructions"],
    [["0", "--access", "jump"], "--access: got jump; allowed: read, write, fetch"],
    [["0", "--user", "--supervisor"], "cannot be used with option"],
    [["0", "--cr3", "0x1000"], "--cr3: got 0x1000; allowed: only with a dump"],
    [["0", "--memory-format", "raw"], "--memory-format: got raw; allowed: only with a dump"],
    [["0", "--memory", DUMP, "--memory-format", "zip"], "--memory-format: got zip; allowed: raw, lime, elf"],
    [["0", "--memory", DUMP], "--cr3: got nothing; allowed:"],
    [["-", "--memory", "-", "--cr3", "0"], "--memory: got -; allowed: a file"],
    [["0", "--maxphyaddr", "53"], "--maxphyaddr: got 53; allowed: a whole number from 32 to 52"],
    [["0", "--maxphyaddr", "x"], "--maxphyaddr: got x; allowed: a whole number from 32 to 52"],
    [["0", "--cr4", "SMEPP"], "--cr4: got SMEPP; allowed:"],
    [["0", "--entry", "0x2a6a004=0"], "--entry: item 1: physicalAddress: got 0x2a6a004; allowed: a multiple of 8"],
    [["0", "--entry", "0x2a6a000=0", "--entry", "0x2a6a008"], "--entry: item 2: entry: got nothing; allowed: a number"],
    [["0", "--entry", "0x2a6a000=0=1"], "--entry: item 1: entry: got 0=1; allowed: a number"],
    [["0", "--entry", "0x1000=0"], "--entry: item 1: physicalAddress: got 0x1000; allowed: an entry in memory"],
    [[], "missing required argument"],
  ])("%j is wrong usage: %s", async (args, message) => {
    expect(await failure(2, ["explain", ...args])).toContain(message);
  });

  it("lists the example process in its help, within 80 columns", async () => {
    const help = await output(["explain", "--help"]);
    for (const { name } of exampleRegions(false)) expect(help).toContain(name);
    for (const line of help.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  });
});
