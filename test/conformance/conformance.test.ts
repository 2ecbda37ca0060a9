/** What processors and emulators did on constructed accesses, against both builds of the kernel and the plain model. */
import { readdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILDS } from "../helpers/builds.ts";
import { checkFile } from "./check-file.ts";
import { checkRow, printCase } from "./check-row.ts";
import { conformance } from "./command.ts";
import { ArraySplitter } from "./json-pieces.ts";
import { KernelMachine, type Machine, ModelMachine } from "./machine.ts";
import { Tally } from "./tally.ts";
import { readRows } from "./truth-files.ts";
import { parseRow, type TruthCase } from "./truth-rows.ts";

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

/** What a group 7 row of QEMU looks like, with other values in some fields; without those that are `undefined`. */
function row(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const all = {
    levels: 4,
    access: "read8",
    cpl: 3,
    cfg: ["WP", "NXE"],
    va: "0x5a8480800ffc",
    entries: ["0x403007", "0x402007", "0x401007", "0x800007"],
    after: ["0x403027", "0x402027", "0x401027", "0x800027"],
    vector: null,
    error: null,
    cr2: null,
    group: 7,
    second_pte: "0x801007",
    ...fields,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const pageFault = (error: string, fields: Record<string, unknown> = {}) =>
  row({ vector: 14, error, cr2: "0x5a8480800ffc", ...fields });

const TCG = { maxPhyAddr: 40, pages1G: true };
const machineOf = (file: string) => (file.includes(".kvm") ? { maxPhyAddr: 48, pages1G: false } : TCG);
const parse = (fields: Record<string, unknown>) => parseRow(fields, TCG);

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

describe("parseRow()", () => {
  it("sets P where a reserved bit was reported without it", () => {
    expect(parse(pageFault("0xc")).expected?.errorCode).toBe(0xd);
    expect(parse(pageFault("0xd")).expected?.errorCode).toBe(0xd);
  });

  it("takes what is right from the row where it says so, in any group", () => {
    const corrected = parse(pageFault("0xc", { group: 3, sdm_vector: 14, sdm_error: "0xd" }));
    expect(corrected.expected).toEqual({ vector: 14, errorCode: 0xd, cr2: 0x5a8480800ffcn });
    expect(parse(pageFault("0x5", { sdm_vector: null, sdm_error: null })).expected).toBeNull();
    expect(parse(row({ sdm_vector: 14, sdm_error: "0x5" })).expected?.cr2).toBe(0x5a8480800ffcn);
  });

  it("takes what was seen in groups that say what is right", () => {
    expect(parse(pageFault("0xc", { group: 3 })).expected?.errorCode).toBe(0xc);
  });

  it("expects #SS of push and pop where #GP was seen, and of nothing else", () => {
    const nonCanonical = { va: "0x900000000000", vector: 13, error: "0x0" };
    expect(parse(row({ access: "push", ...nonCanonical })).expected?.vector).toBe(12);
    expect(parse(row({ access: "pop", ...nonCanonical, vector: 12 })).expected?.vector).toBe(12);
    expect(parse(row({ access: "read8", ...nonCanonical })).expected?.vector).toBe(13);
  });

  it("expects read-modify-writes to be reported as writes", () => {
    expect(parse(pageFault("0x4", { access: "lock rmw" })).expected?.errorCode).toBe(6);
    expect(parse(pageFault("0x4", { access: "read8" })).expected?.errorCode).toBe(4);
  });

  it("has a push write below the address of the row", () => {
    expect(parse(row({ access: "push" })).access).toMatchObject({ va: 0x5a8480800ff4n, size: 8, kind: "write" });
  });

  it("reads the rows of the array files", () => {
    const array = parse(
      row({
        levels: undefined,
        group: undefined,
        after: undefined,
        entries: ["0x404007", "0x403007", "0x402007", "0x401007", "0x800007"],
        entries_after: ["0x404027", "0x403027", "0x402027", "0x401027", "0x800027"],
        vector: 128,
        error: "0x0",
        cr2: "0xc0de0000c0de",
        pkru_ad_wd: 2,
      }),
    );
    expect(array.mode).toMatchObject({ levels: 5, pkru: 2 << 10, pkrs: 0 });
    expect(array.expected).toBeNull();
    expect(array.after?.at(-1)).toBe(0x800027n);
  });

  it("leaves out a #PF where only the second page is non-canonical, and compares a #GP there", () => {
    const half = { va: "0x7fffffffffff", entries: Array(4).fill("0x0"), group: 6, second_pte: undefined };
    expect(parse(pageFault("0x4", { ...half, cr2: "0x7fffffffffff" })).leftOut).toMatch("implementations disagree");
    expect(parse(row({ ...half, vector: 13, error: "0x0" })).leftOut).toBeNull();
  });

  it("leaves out half-canonical #PFs by the width of the address", () => {
    const half = {
      levels: 5,
      entries: Array(5).fill("0x0"),
      after: Array(5).fill("0x0"),
      group: 6,
      second_pte: undefined,
    };
    const at = (va: string) => parse(pageFault("0x4", { ...half, va, cr2: va })).leftOut;
    expect(at("0xfffffffffffff9")).toMatch("implementations disagree");
    expect(at("0xfffffffffffff8")).toBeNull();
    expect(at("0x7ffffffffff9")).toBeNull();
  });

  it("takes the error code of #GP and #SS for 0 where there is none, and leaves out a #PF without one", () => {
    const none = { error: null, cr2: null };
    expect(parse(row({ va: "0x900000000000", vector: 13, ...none })).expected?.errorCode).toBe(0);
    expect(parse(row({ vector: 14, ...none })).leftOut).toMatch("error code");
    expect(parse(row({ vector: 128, error: undefined, cr2: undefined })).leftOut).toBeNull();
    expect(parse(row({ vector: 14, ...none, sdm_vector: 14, sdm_error: "0x5" })).leftOut).toBeNull();
  });

  it("leaves out an access to a page whose entries it does not have, unless it faults before", () => {
    const last = "0x5a84809ffffc";
    const untold = { va: last, cr2: last };
    expect(parse(row(untold)).leftOut).toMatch("whose entries are not in the row");
    expect(parse(pageFault("0x4", untold)).leftOut).toBeNull();
    expect(parse(pageFault("0x4", { ...untold, cr2: "0x5a8480a00000" })).leftOut).toMatch("not in the row");
    expect(parse(row({ ...untold, access: "read1" })).leftOut).toBeNull();
    expect(parse(row({ second_pte: undefined })).leftOut).toMatch("not in the row");
    expect(parse(row({ second_pte: null, access: "read1" })).leftOut).toBeNull();
    // A page of 2 MiB holds both.
    const large = ["0x403007", "0x402007", "0x600087", "0x0"];
    expect(parse(row({ entries: large, after: large, second_pte: undefined })).leftOut).toBeNull();
  });

  it("leaves out entries that cannot all be", () => {
    const self = { va: "0x8040201008", access: "read1", second_pte: undefined };
    const entries = ["0x5007", "0x5007", "0x5007", "0x5003"];
    expect(parse(row({ ...self, entries })).leftOut).toMatch("there are no such tables");
    // No walk comes to the last one.
    expect(parse(row({ ...self, entries: ["0x5007", "0x5006", "0x5007", "0x5003"] })).leftOut).toBeNull();
  });

  it.each([
    [{ levels: 5 }, "entries: got 4; expected 5"],
    [{ access: "jump" }, "access: got jump; expected read1"],
    [{ cfg: ["XYZ"] }, "cfg: got XYZ; expected WP"],
    [{ va: 5 }, "va: got 5; expected 0x"],
    [{ vector: 6 }, "vector: got 6; expected 12, 13, 14"],
    [{ after: [] }, "entries after: got 0; expected 4"],
    [{ cpl: "3" }, 'cpl: got "3"; expected 0..3'],
  ])("says what is wrong with a row that has %o", (fields, message) => {
    expect(() => parse(row(fields))).toThrow(message);
  });
});

describe("checkRow()", () => {
  /** The model, whose outcomes are changed. */
  class LyingMachine extends ModelMachine {
    override access(...args: Parameters<ModelMachine["access"]>) {
      const seen = super.access(...args);
      return { ...seen, ...this.lie(seen) };
    }
    lie: (seen: ReturnType<ModelMachine["access"]>) => Partial<typeof seen> = () => ({});
  }

  it("tells of a fault, a CR2, an address, an entry that is not as expected", () => {
    const machine = new LyingMachine();
    const through = parse(row());
    const faulting = parse(pageFault("0x4", { entries: ["0x403007", "0x402007", "0x401007", "0x800006"] }));
    expect(checkRow(machine, through)).toEqual([]);
    expect(checkRow(machine, faulting)).toEqual([]);
    expect(checkRow(machine, parse(row({ after: ["0x403027", "0x402027", "0x401027", "0x800067"] })))).toEqual([
      "expected went through",
      "got      the same, but other entries",
      "PTE afterwards:",
      "  was      0x800007  P RW US",
      "  expected 0x800067  P RW US A D",
      "  got      0x800027  P RW US A",
    ]);
    expect(checkRow(machine, parse(pageFault("0x5")))).toEqual([
      "expected #PF(0x5: P U) CR2 0x5a8480800ffc",
      "got      went through to 0x800ffc to 0x801000",
    ]);
    machine.lie = () => ({ cr2: 1n });
    expect(checkRow(machine, through)[1]).toBe("got      the same, but CR2 0x1");
    expect(checkRow(machine, faulting)[1]).toBe("got      the same, but CR2 0x1");
    machine.lie = ({ physicalAddresses }) => ({ physicalAddresses: physicalAddresses.map((pa) => pa + 1n) });
    expect(checkRow(machine, through)).toEqual([
      "expected went through to 0x800ffc to 0x801000",
      "got      went through to 0x800ffd to 0x801001",
    ]);
    machine.lie = ({ fault }) => ({ fault: fault && { ...fault, errorCode: fault.errorCode ^ 2 } });
    expect(checkRow(machine, faulting)[1]).toBe("got      #PF(0x6: W U) CR2 0x5a8480800ffc");
  });

  it("takes any page of the access for CR2 where the row has none, and no other address", () => {
    const machine = new LyingMachine();
    const nextAbsent = { second_pte: "0x801006", cr2: null };
    expect(checkRow(machine, parse(pageFault("0x4", nextAbsent)))).toEqual([]);
    expect(checkRow(machine, parse(pageFault("0x4", { ...nextAbsent, cr2: undefined })))).toEqual([]);
    machine.lie = ({ fault }) => ({ fault: fault && { ...fault, cr2: 0x5a8480802000n }, cr2: 0x5a8480802000n });
    expect(checkRow(machine, parse(pageFault("0x4", nextAbsent)))).toHaveLength(2);
  });

  it("places entries that name one frame, and those that no walk comes to where they take no word", () => {
    const self = { va: "0x8040201008", entries: Array(4).fill("0x5007"), after: Array(4).fill("0x5027") };
    const aliased = parse(row({ ...self, second_pte: undefined, access: "read1" }));
    expect(aliased.leftOut).toBeNull();
    expect(checkRow(new ModelMachine(), aliased)).toEqual([]);
    const large = { va: "0x8040201008", entries: ["0x5007", "0x2087", "0x0", "0x5007"] };
    const below = parse(row({ ...large, access: "read1", second_pte: undefined, after: large.entries }));
    expect(below.leftOut).toBeNull();
  });

  const wrong = (fields: Record<string, unknown>) => parse(row(fields));
  const told = async (on: TruthCase) => {
    const machine = await KernelMachine.create();
    return [...printCase(on), ...checkRow(machine, on)];
  };

  it("tells all of a disagreement in a hundred columns", async () => {
    const entries = ["0xfff7ffffff407fff", "0xfff7ffffff407fff", "0x6000ffffff407fff", "0xfff0ffffff407fff"];
    const all = { cfg: ["WP", "NXE", "SMEP", "SMAP", "PKE", "PKS", "AC"], pkru_ad_wd: 3, pkrs_ad_wd: 3 };
    const faulting = { entries, after: entries, va: "0xffffffffffffffff", access: "implicit supervisor read (LDT)" };
    for (const fields of [
      {},
      { ...all, ...faulting, second_pte: undefined, vector: 14, error: "0x3f" },
      { ...all, ...faulting, levels: 5, entries: [...entries, entries[3]], after: [...entries, entries[3]] },
      { ...all, after: Array(4).fill("0xffffffffffffffff") },
    ]) {
      for (const line of await told(wrong(fields))) expect(line.length).toBeLessThanOrEqual(98);
    }
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["not present", { entries: ["0x403007", "0x0", "0x0", "0x0"] }, "P is 0 in the PDPTE"],
    ["reserved", { entries: ["0x403007", "0x402007", "0x8000030000401007", "0x0"], cfg: [] }, "bits 41:40, 63 (XD)"],
    ["one reserved bit", { entries: ["0x403087", "0x0", "0x0", "0x0"] }, "reserved in the PML4E: bit 7 (PS)"],
    ["supervisor", { entries: ["0x403003", "0x402007", "0x401003", "0x800007"] }, "U/S is 0 in the PML4E, PDE"],
    ["read-only", { access: "write1", entries: ["0x403007", "0x402005", "0x401007", "0x800007"] }, "in the PDPTE"],
    ["XD", { access: "fetch", entries: ["0x403007", "0x402007", "0x401007", "0x8000000000800007"] }, "in the PTE"],
    ["SMEP", { access: "fetch", cpl: 0, cfg: ["SMEP"] }, "CR4.SMEP is 1"],
    ["SMAP", { cpl: 0, cfg: ["SMAP"] }, "EFLAGS.AC is 0"],
    [
      "key",
      { entries: ["0x403007", "0x402007", "0x401007", "0x2800000000800007"], cfg: ["PKE"], pkru_ad_wd: 1 },
      "key 5",
    ],
    ["not canonical", { va: "0x800000000000" }, "not canonical"],
  ])("says why the kernel's walk stopped: %s", async (_, fields, reason) => {
    const lines = await told(wrong({ after: ["0x0", "0x0", "0x0", "0x0"], ...fields }));
    expect(lines.at(-1)).toMatch(/^ {2}stops: /);
    expect(lines.at(-1)).toContain(reason);
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
