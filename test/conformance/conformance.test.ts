/** What processors and emulators did on constructed accesses, against both builds of the kernel and the plain model. */
import { readdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUILDS } from "../helpers/builds.ts";
import { checkFile } from "./check-file.ts";
import { checkRow } from "./check-row.ts";
import { conformance } from "./command.ts";
import { KernelMachine, type Machine, ModelMachine } from "./machine.ts";
import { Tally } from "./tally.ts";
import { readRows } from "./truth-files.ts";
import { parseRow } from "./truth-rows.ts";

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
    expect(checkRow(machine, parse(row({ after: ["0x403027", "0x402027", "0x401027", "0x800067"] })))).toHaveLength(1);
    expect(checkRow(machine, parse(pageFault("0x5")))).toHaveLength(1);
    machine.lie = () => ({ cr2: 1n });
    expect(checkRow(machine, through)).toHaveLength(1);
    expect(checkRow(machine, faulting)).toHaveLength(1);
    machine.lie = ({ physicalAddresses }) => ({ physicalAddresses: physicalAddresses.map((pa) => pa + 1n) });
    expect(checkRow(machine, through)).toHaveLength(1);
    machine.lie = ({ fault }) => ({ fault: fault && { ...fault, errorCode: fault.errorCode ^ 2 } });
    expect(checkRow(machine, faulting)).toHaveLength(1);
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
    expect(lines.filter((line) => line.startsWith("DISAGREES"))).toHaveLength(10);
    expect(lines.slice(0, 5)).toEqual([
      `DISAGREES ${join(folder, "wrong.ndjson")}: line 1`,
      `  ${wrong}`,
      expect.stringMatching(/^ {2}CR3 0x1000, entries 0x15a8: 0x403007, /),
      "  entry at 0x401000: was 0x800007, expected 0x800127, got 0x800027",
      expect.stringMatching(/^ {2}walk: level 4 at 0x15a8: 0x403007 -> 0x403027$/),
    ]);
  });

  it("fails when there was nothing to compare", async () => {
    expect((await run(fileOf("empty.ndjson", ""))).status).toBe(1);
    expect((await run(fileOf("empty.json", "[]"))).lines.at(-1)).toBe("0 agreed, 0 disagreed");
  });

  it.each([
    ["bad.ndjson", `${JSON.stringify(row())}\n\n{"levels": 4}\n`, "bad.ndjson: line 3: entries: missing"],
    ["text.ndjson", "not JSON", "text.ndjson: line 1: Unexpected token"],
    ["bad.json", `[${JSON.stringify(row())}, 5]`, "bad.json: row 2: expected an object"],
    ["cut.json", "[{", "cut.json: "],
  ])("names the place in a bad file: %s", async (name, text, message) => {
    const { status, errors } = await run(fileOf(name, text));
    expect(status).toBe(1);
    expect(errors.join()).toContain(message);
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

  it("reads lines that lie across pieces of the file", async () => {
    const line = `${JSON.stringify(row())}\n`;
    let rows = 0;
    for await (const piece of readRows(fileOf("long.ndjson", line.repeat(1000)), TCG)) rows += piece.length;
    expect(rows).toBe(1000);
  });
});
