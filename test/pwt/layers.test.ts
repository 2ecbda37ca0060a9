/** Pages beside the whole records of a full `.pwt` file: who reads them counts what the text counts, and so do the rest. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type Config, ONLINE_POLICIES, PAGE_SIZES, STREAMS, type SweepConfig } from "../../src/config/types.ts";
import { pwtOutput } from "../../src/convert/pwt.ts";
import { TraceError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { sweep } from "../../src/sweep.ts";
import { ContainerWriter, makeSection } from "../../src/trace/pwt/writer.ts";
import { type OpenOptions, openTrace, type Trace } from "../../src/trace/trace.ts";
import { converted } from "../convert/converted.ts";
import { encodeGiven } from "../convert/given-entries.ts";
import { BUILDS } from "../helpers/builds.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { munmapLine } from "../helpers/syscalls.ts";
import { readPages } from "../pages/plain-decoder.ts";
import { decodePlainly } from "./plain-decoder.ts";

const TIMEOUT_MS = 300_000;
const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Of 1 to 16 sets common to both L1s, and of large pages. */
const geometry = fc.constantFrom("1:1", "4:1", "16:1", "32:1", "6:2", "8:2", "32:2", "64:4", "17:full", "96:3");
const machine: fc.Arbitrary<Config> = fc.record({
  l1i: geometry,
  l1d: geometry,
  stlb: geometry,
  psc: fc.constantFrom("none", "pde=3,pdpte=2,pml4e=1"),
  policy: fc.constantFrom(...ONLINE_POLICIES),
  pageSize: fc.constantFrom(...PAGE_SIZES),
});
const OF_SETS: Config = { l1i: "16:1", l1d: "64:4", stlb: "128:4" };
const MACHINES: Config[] = [
  OF_SETS,
  { l1i: "16:2", l1d: "32:4", stlb: "24:12", policy: "fifo" },
  { l1i: "8:2", l1d: "17:full", stlb: "64:4" },
  { l1i: "64:4", l1d: "64:4", stlb: "64:4", pageSize: "2M" },
];

/** Loops over hot pages with rare ones between them; some records straddle, and pages are unmapped now and then. */
function longText(seed: number, records: number): string {
  const random = randomNumbers(seed);
  const kinds = ["fetch", "fetch", "load", "store", "modify"] as const;
  let text = "";
  for (let count = 0; count < records; count++) {
    const page = random() % 30 === 0 ? random() % 5000 : random() % 24;
    const offset = random() % 60 === 0 ? 4093 : random() % 4000;
    text += lackeyText([{ kind: kinds[random() % kinds.length] ?? "load", va: BigInt(page * 4096 + offset), size: 8 }]);
    if (random() % 3000 !== 0) continue;
    text += `${munmapLine({ kind: "unmap", va: BigInt(random() % 24) << 12n, bytes: 8192n })}\n`;
  }
  return text;
}

const fullFile = async (text: Uint8Array) => (await converted(await openTrace(text), { to: "pwt" })).bytes;

function counts(result: object): unknown {
  const { trace, time, ...rest } = result as { trace: { records: number; instructions: number }; time: unknown };
  return { ...rest, records: trace.records, instructions: trace.instructions };
}

/** Of the file `file`, whose section of `layer` has another byte in the middle. */
function damagedLayer(file: Uint8Array, layer: number): Uint8Array {
  const bytes = Buffer.from(file);
  const block = 20 + bytes.readUInt16LE(12);
  let payload = block + bytes.readUInt16LE(block + 2);
  for (let section = 0; section < bytes.readUInt8(block + 1); section++) {
    const description = block + 44 + 16 * section;
    const length = bytes.readUInt32LE(description + 4);
    const at = payload + (length >> 1);
    if (bytes[description] === layer) bytes[at] = bytes.readUInt8(at) ^ 0x55;
    payload += length;
  }
  return bytes;
}

describe.each(BUILDS)("a full .pwt file ($name build)", ({ name, module }) => {
  beforeAll(() => provideKernelModule(module));
  const isRelease = name === "release";
  const text = bytesOf(longText(21, isRelease ? 40_000 : 14_000));

  async function expectEqual(
    text: Uint8Array,
    file: Uint8Array,
    ask: (trace: Trace) => Promise<object>,
    options: OpenOptions = {},
  ): Promise<void> {
    const expected = counts(await ask(await openTrace(text, { ...options, format: "lackey" })));
    expect(counts(await ask(await openTrace(file, options)))).toEqual(expected);
  }

  it("leads any machine to the counts and the profile of the text", { timeout: TIMEOUT_MS }, () =>
    fc.assert(
      fc.asyncProperty(randomRecords, machine, fc.boolean(), async (records, config, profile) => {
        const text = bytesOf(lackeyText(records));
        await expectEqual(text, await fullFile(text), (trace) => simulate(trace, config, { profile }));
      }),
      { numRuns: isRelease ? 80 : 20, seed: 710 },
    ),
  );

  it("leads any sweep to the counts of the text, whatever is flushed when", { timeout: TIMEOUT_MS }, () =>
    fc.assert(
      fc.asyncProperty(
        randomRecords,
        fc.constantFrom(...STREAMS),
        fc.constantFrom("never", 1, 7, 100, 4096),
        async (records, stream, flushEvery) => {
          const text = bytesOf(lackeyText(records));
          const config: SweepConfig = { stream, flushEvery, sets: "1,2,16", ways: "1,2,5", pageSizes: "4K,2M" };
          await expectEqual(text, await fullFile(text), (trace) => sweep(trace, config));
        },
      ),
      { numRuns: isRelease ? 40 : 12, seed: 711 },
    ),
  );

  it("has the profile, windows, flushes and unmapped pages of a longer text", { timeout: TIMEOUT_MS }, async () => {
    const file = await fullFile(text);
    for (const config of MACHINES) {
      await expectEqual(text, file, (trace) => simulate(trace, config, { profile: true }));
      await expectEqual(text, file, (trace) => simulate(trace, config), { skip: 1234, warmup: 77, limit: 5001 });
    }
    for (const stream of STREAMS) {
      for (const flushEvery of ["never", 1000, 4096, 8191, 8192]) {
        const config: SweepConfig = { stream, sets: "1,2,16", ways: "1,4,9", flushEvery };
        await expectEqual(text, file, (trace) => sweep(trace, config));
      }
    }
  });

  it("is read where that is enough, and only there", { timeout: TIMEOUT_MS }, async () => {
    const file = await fullFile(text);
    const fails = async (damaged: number, ask: (trace: Trace) => Promise<object>, options: OpenOptions = {}) => {
      try {
        await ask(await openTrace(damagedLayer(file, damaged), options));
        return false;
      } catch (error) {
        expect(error).toBeInstanceOf(TraceError);
        expect((error as TraceError).code).toBe("corrupt");
        return true;
      }
    };
    const read = async (ask: (trace: Trace) => Promise<object>, options: OpenOptions = {}) => {
      const layers: number[] = [];
      for (const layer of [0, 1, 16]) if (await fails(layer, ask, options)) layers.push(layer);
      return layers;
    };
    const data: SweepConfig = { stream: "data", sets: "16", ways: "4" };
    expect(await read((trace) => simulate(trace, OF_SETS))).toEqual([16]);
    expect(await read((trace) => simulate(trace, OF_SETS, { profile: true }))).toEqual([16]);
    expect(await read((trace) => simulate(trace, { ...OF_SETS, pageSize: "2M" }))).toEqual([1]);
    expect(await read((trace) => simulate(trace, { ...OF_SETS, l1i: "12:full" }))).toEqual([1]);
    expect(await read((trace) => sweep(trace, data))).toEqual([1]);
    expect(await read((trace) => sweep(trace, { ...data, flushEvery: 8192 }))).toEqual([1]);
    expect(await read((trace) => sweep(trace, { ...data, flushEvery: 1000 }))).toEqual([0]);
    expect(await read((trace) => sweep(trace, { ...data, stream: "all" }))).toEqual([0]);
    expect(await read((trace) => simulate(trace, OF_SETS), { limit: 4096 })).toEqual([0]);
    expect(await read((trace) => simulate(trace, OF_SETS), { warmup: 4096 })).toEqual([0]);
  });

  it("has in its layers what its records say, by a plain reader", { timeout: TIMEOUT_MS }, async () => {
    const file = await fullFile(text);
    const { entries } = decodePlainly(file);
    const records = entries.filter(({ kind }) => kind !== "unmap").length;
    for (const layer of [1, 16]) {
      const events = readPages(file, layer);
      const marked = events.flatMap((event) => (event.kind === "mark" ? event.records : []));
      expect(marked.reduce((total, count) => total + count)).toBe(records);
      expect(events.filter(({ kind }) => kind === "unmap")).toHaveLength(entries.length - records);
      expect(events.length).toBeLessThan(records);
    }
  });
});

describe("a .pwt file whose blocks", () => {
  const [{ module }] = BUILDS as [(typeof BUILDS)[number]];
  beforeAll(() => provideKernelModule(module));

  it("end long before their bytes are many keeps its counts", { timeout: TIMEOUT_MS }, async () => {
    const loop = `${"I  00401000,2\n".repeat(50_000)} S 00002000,8\n`.repeat(24);
    const file = await fullFile(bytesOf(loop));
    expect(file.length).toBeLessThan(6000);
    const { trace } = await simulate(await openTrace(file), OF_SETS);
    expect(trace).toMatchObject({ records: 1_200_024, instructions: 1_200_000 });
    expect(decodePlainly(file).blocks.length).toBe(2);
  });

  it("have other layers each is an error", async () => {
    const lists = [[{ kind: "load" as const, va: 0x1000n, size: 1, pc: null }]];
    const { bytes } = await encodeGiven(module, pwtOutput, lists, { compression: "none" });
    const whole = Buffer.from(bytes);
    const block = 20 + whole.readUInt16LE(12);
    const header = block + whole.readUInt16LE(block + 2);
    const unit = whole.subarray(header, header + whole.readUInt32LE(block + 48));
    const writer = new ContainerWriter({ form: "full", source: "test" });
    const counts = { records: [0, 1, 0, 0] as const, instructions: 0 };
    const plain = await makeSection(0, 1, unit, "none", 1);
    const made = [plain, { ...plain, layer: 1 }];
    const pieces = [writer.header(), ...writer.block(counts, [plain]), ...writer.block(counts, made), ...writer.end()];
    const trace = await openTrace(Buffer.concat(pieces));
    await expect(simulate(trace)).rejects.toThrow("a block of layers 0, 1; expected 0, as before");
  });
});
