/** What processors and emulators did on constructed accesses, against both builds of the kernel and the plain model. */
import { readdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILDS } from "../helpers/builds.ts";
import { checkFile } from "./check-file.ts";
import { conformance } from "./command.ts";
import { ArraySplitter } from "./json-pieces.ts";
import { KernelMachine, type Machine, ModelMachine } from "./machine.ts";
import { row, TCG } from "./rows.ts";
import { Tally } from "./tally.ts";
import { readRows } from "./truth-files.ts";

const FOLDER = fileURLToPath(new URL("truth", import.meta.url));
const inFolder = (file: string) => join(FOLDER, file);

/** Of each file: rows that agree, rows that tell nothing. */
const FILES: Record<string, [agreed: number, leftOut: number]> = {
  "noncanonical.bochs-tigerlake.json.gz": [1060, 40],
  "noncanonical.kvm-max-la48.json.gz": [1026, 74],
  "noncanonical.tcg-max-la48.json.gz": [1020, 80],
  "sample.bochs-tigerlake.ndjson.gz": [2040, 7],
  "sample.tcg-max-la48.ndjson.gz": [2034, 13],
  "straddling.bochs-tigerlake.json.gz": [1176, 0],
  "straddling.kvm-max-la48.json.gz": [1176, 0],
  "straddling.tcg-max-la48.json.gz": [1176, 0],
};

const MACHINES: { name: string; create: () => Promise<Machine> }[] = [
  { name: "the plain model", create: async () => new ModelMachine() },
  ...BUILDS.map(({ name, module }) => ({ name: `the kernel (${name})`, create: () => KernelMachine.create(module) })),
];

const machineOf = (file: string) => (file.includes(".kvm") ? { maxPhyAddr: 48, pages1G: false } : TCG);

it("has numbers for every bundled file", () => {
  expect(readdirSync(FOLDER).filter((file) => file !== "README.md")).toEqual(Object.keys(FILES));
});

describe.each(MACHINES)("$name", ({ create }) => {
  it.each(Object.entries(FILES))("does what %s says", async (file, [agreed, leftOut]) => {
    const told: string[] = [];
    const tally = new Tally((line) => told.push(line));
    await checkFile(await create(), inFolder(file), machineOf(file), tally);
    expect(told).toEqual([]);
    expect([tally.agreed, tally.leftOutCount]).toEqual([agreed, leftOut]);
  });
});

describe("npm run conformance", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pagewalk-conformance-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Exit status and lines of a run. */
  async function run(...args: string[]) {
    const lines: string[] = [];
    const errors: string[] = [];
    const output = { log: (line: string) => lines.push(line), error: (line: string) => errors.push(line) };
    return { status: await conformance(args, output), lines, errors };
  }
  function fileOf(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  it("ends with what agreed, after what was left out", async () => {
    const files = Object.keys(FILES).map(inFolder);
    const { status, lines } = await run(...files, "--random", "2000", "--seed", "5");
    expect(status).toBe(0);
    expect(lines.at(-2)).toBe("214 left out");
    expect(lines.at(-1)).toMatch(/^127\d\d agreed, 0 disagreed$/);
  });

  it("tells the first ten disagreements in full, and fails", async () => {
    const wrong = JSON.stringify(row({ after: ["0x0", "0x402027", "0x401027", "0x800127"] }));
    const { status, lines } = await run(fileOf("wrong.ndjson", `${wrong}\n`.repeat(11)));
    expect(status).toBe(1);
    expect(lines.at(-1)).toBe("0 agreed, 11 disagreed");
    expect(lines.at(-2)).toBe("1 more not shown");
    expect(lines.filter((line) => line.startsWith("DISAGREES"))).toHaveLength(10);
    expect(lines.slice(0, 22)).toEqual([
      `DISAGREES ${join(folder, "wrong.ndjson")}: line 1`,
      "  read of 8 bytes at 0x5a8480800ffc, CPL 3",
      "  4 levels, MAXPHYADDR 40, 1 GiB pages, CR3 0x1000",
      "  on: WP NXE",
      "  PML4E     0x403007           P RW US",
      "  PDPTE     0x402007           P RW US",
      "  PDE       0x401007           P RW US",
      "  PTE       0x800007           P RW US",
      "  next PTE  0x801007           P RW US",
      "  expected went through",
      "  got      the same, but other entries",
      "  PTE afterwards:",
      "    was      0x800007  P RW US",
      "    expected 0x800127  P RW US A G",
      "    got      0x800027  P RW US A",
      "  the kernel's walk:",
      "    PML4E at 0x15a8          0x403007  sets A",
      "    PDPTE at 0x403090        0x402007  sets A",
      "    PDE   at 0x402020        0x401007  sets A",
      "    PTE   at 0x401000        0x800007  sets A",
      "    PTE   at 0x401008        0x801007  sets A",
      "    0x800ffc through a PTE from tables",
    ]);
    expect(lines[23]).toBe(`  ${wrong}`);
  });

  it("fails when there was nothing to compare", async () => {
    expect((await run(fileOf("empty.ndjson", ""))).status).toBe(1);
    expect((await run(fileOf("empty.json", "[]"))).lines.at(-1)).toBe("0 agreed, 0 disagreed");
  });

  it.each([
    ["bad.ndjson", `${JSON.stringify(row())}\n\n{"levels": 4}\n`, "line 3: is no fault truth: entries: missing"],
    ["README.md", "# Fault truth\n", "line 1: is no fault truth: Unexpected token '#'"],
    ["binary", "\0\u001b[31m", "line 1: is no fault truth: Unexpected token '?'"],
    [
      "long",
      " "
        .repeat(3 << 20)
        .concat("{")
        .padEnd(6 << 20, "x"),
      "line 1: is no fault truth: it is longer",
    ],
    ["package.json", '{\n  "name": "pagewalk"\n}\n', "line 1: is no fault truth: Expected property name"],
    ["other.json", '{"name":"pagewalk"}', "line 1: is no fault truth: entries: missing"],
    ["bad.json", `[${JSON.stringify(row())}, 5]`, "row 2: is no fault truth: expected an object"],
    ["cut.json", "[{", "row 1: is no fault truth: the array has no end"],
    ["comma.json", `[${JSON.stringify(row())},]`, "row 2: is no fault truth: Unexpected end"],
    ["more.json", `[${JSON.stringify(row())}] 5`, "row 2: is no fault truth: there is more after the array"],
  ])("names the place in a bad file: %s", async (name, text, message) => {
    const file = fileOf(name, text);
    const { status, lines, errors } = await run(file, inFolder("straddling.tcg-max-la48.json.gz"));
    expect(status).toBe(1);
    expect(errors.join("\n")).toContain(`${file}: ${message}`);
    expect(errors.join("\n")).toMatch(/; test\/conformance\/truth\/README.md tells the fields$/);
    // No result of a part, as if it were of all.
    expect(lines).toEqual([]);
  });

  it("fails with a message when there is no such file", async () => {
    const { status, errors } = await run(join(folder, "none.ndjson"));
    expect([status, errors.length]).toEqual([1, 1]);
  });

  it.each([[[]], [["--what"]], [["--random", "x"]], [["--maxphyaddr", "53", "f"]], [["--seed"]]])(
    "exits with 2 for %o",
    async (args) => {
      expect((await run(...args)).status).toBe(2);
    },
  );

  it.each([["--no-1g"], ["--maxphyaddr", "52"]])(
    "takes the machine from %s, which the sample was not made on",
    async (...on) => {
      const { status, lines } = await run(inFolder("sample.tcg-max-la48.ndjson.gz"), ...on);
      expect(status).toBe(1);
      expect(lines.at(-1)).toMatch(/^\d+ agreed, [1-9]\d* disagreed$/);
    },
  );

  it.each([
    ["lines", "", "\n", "\n"],
    ["an array", "[", ",\n", "]\n"],
  ])("reads rows that lie across pieces of a file: %s", async (_, first, between, last) => {
    // What is no field may hold whatever JSON can.
    const text = JSON.stringify(row({ note: 'a "quoted" \\ ] } , [ {', more: [{ in: ["}"] }, "\\"] }));
    let rows = 0;
    const file = fileOf("long", `${first}${Array(2000).fill(text).join(between)}${last}`);
    for await (const piece of readRows(file, TCG)) rows += piece.length;
    expect(rows).toBe(2000);
  });

  it("splits an array anywhere", () => {
    const values = ['{"a":"\\\\"}', '{"b":"\\"]"}', " [1,[2]]", "5"];
    const text = `[${values.join(",")}] `;
    for (let size = 1; size <= text.length; size++) {
      const splitter = new ArraySplitter();
      const found: string[] = [];
      for (let at = 0; at < text.length; at += size) found.push(...splitter.push(text.slice(at, at + size)));
      expect([found, splitter.end(), splitter.fault()]).toEqual([values, [], null]);
    }
  });
});
