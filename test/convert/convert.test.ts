/** What holds of every conversion, whatever is written. */
import { describe, expect, it } from "vitest";
import type { SelectionOptions } from "../../src/config/selection.ts";
import { OUTPUT_FORMATS } from "../../src/convert/formats.ts";
import { convert } from "../../src/convert.ts";
import { ConfigError, TraceError } from "../../src/errors.ts";
import { openTrace, type Trace } from "../../src/trace/trace.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { bundled } from "../helpers/traces.ts";
import { converted } from "./converted.ts";

const FIVE = "I  00401000,4\n L 00001000,8\nI  00401004,4\n S 00002000,8\nI  00401008,4\n";
const traceOf = (text: string, selection: SelectionOptions = {}) =>
  chunkedTrace(new TextEncoder().encode(text), 1 << 20, "lackey", selection);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

it("tells what was read and written", async () => {
  const { bytes, result } = await converted(traceOf(`==1== x\n${FIVE}`), { to: "lackey" });
  expect(textOf(bytes)).toBe(FIVE);
  expect(result).toMatchObject({
    schema: "pagewalk/convert@1",
    trace: { path: "chunked", format: "lackey", compression: "none", records: 5, instructions: 3, skippedLines: 1 },
    accesses: { fetch: 3, load: 1, store: 1, modify: 0 },
    output: { format: "lackey", bytes: FIVE.length },
    notes: [],
    leftOut: [],
  });
});

it.each([
  [{ skip: 1, limit: 2 }, 1, 3],
  [{ skip: 1, limit: 1, unit: "instructions" }, 2, 4],
  [{ limit: 1, unit: "instructions" }, 0, 2],
] as const)("writes only what %o selects", async (selection, from, to) => {
  const { bytes, result } = await converted(traceOf(FIVE, selection), { to: "lackey" });
  expect(textOf(bytes).split("\n")).toEqual([...FIVE.split("\n").slice(from, to), ""]);
  expect(result.trace.records).toBe(to - from);
});

it.each(["lua_bt7.lk.zst", "hashjoin1k.lk.gz", "matmul24.native.lk.xz"])(
  "writes the records of %s as they are",
  async (file) => {
    const { bytes, result } = await converted(await openTrace(bundled(file)), { to: "lackey" });
    const lines = textOf(await plainBytes(bundled(file))).split("\n");
    const records = lines.filter((line) => /^(I {2}| [LSM] )[\da-f]+,\d+$/.test(line));
    expect(textOf(bytes) === records.map((line) => `${line}\n`).join("")).toBe(true);
    expect(result.trace.records).toBe(records.length);
  },
);

it.each(["champsim", "oraclegeneral", "pwt"])(
  "to %s tells of changes of rights that it has no place for",
  async (to) => {
    const protect = "SYSCALL[1,1](10) sys_mprotect ( 0x4a17000, 16384, 1 )[sync] --> Success(0x0)\n";
    const { result } = await converted(traceOf(`${FIVE}${protect}${FIVE}${protect}`), { to });
    expect(result.notes.filter((note) => note.startsWith("2 changes of pages' rights lost"))).toHaveLength(1);
    expect(result.trace.records).toBe(10);
  },
);

describe.each(OUTPUT_FORMATS)("a conversion to $name", ({ name, isText, extensions }) => {
  it("ends with the error of a trace that is bad", async () => {
    const error = await converted(traceOf(`${FIVE} L 00001000,0\n`), { to: name }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TraceError);
    expect(error).toMatchObject({ code: "size-out-of-range", record: 6 });
  });

  it("ends with the error of a trace that has no record", async () => {
    await expect(converted(traceOf("==1== x\n"), { to: name })).rejects.toMatchObject({ code: "no-records" });
  });

  it("ends with the reason of its signal", async () => {
    const ending = new AbortController();
    const conversion = convert(traceOf(FIVE), { to: name }, { signal: ending.signal });
    ending.abort(new RangeError("enough"));
    const first = conversion[Symbol.asyncIterator]().next();
    await expect(first).rejects.toThrow(new RangeError("enough"));
    expect(() => conversion.result()).toThrow("has not ended");
  });

  it("closes the trace when nobody wants more", async () => {
    let open = 0;
    const trace = traceOf(FIVE.repeat(50_000));
    const watched: Trace = {
      ...trace,
      async open() {
        open++;
        const reader = await trace.open();
        return { ...reader, read: (target) => reader.read(target), close: () => void open-- };
      },
    };
    for await (const _ of convert(watched, { to: name })) break;
    expect(open).toBe(0);
  });

  it("is of a format that has a name and extensions in lower case, and text only if it says so", async () => {
    expect([name, ...extensions].join("")).toMatch(/^[a-z][a-z.-]*$/);
    const { bytes } = await converted(traceOf(FIVE), { to: name });
    expect(bytes.every((byte) => byte === 10 || (byte >= 32 && byte < 127))).toBe(isText);
  });
});

it.each([
  [{ to: "din" }, `to: got din; allowed: ${OUTPUT_FORMATS.map(({ name }) => name).join(", ")}`],
  [{ to: "lackey", stream: "data" }, "stream: got data; allowed: nothing: Valgrind lackey has no such choice"],
  [{ to: "lackey", lose: true }, "lose"],
] as const)("refuses %o", (options, message) => {
  expect(() => convert(traceOf(FIVE), options)).toThrow(ConfigError);
  expect(() => convert(traceOf(FIVE), options)).toThrow(message);
});

it("refuses a stream that there is not", async () => {
  const conversion = converted(traceOf(FIVE), { to: "oraclegeneral", stream: "both" as "all" });
  await expect(conversion).rejects.toThrow("stream: got both; allowed: data, fetch, all");
});

it("refuses a warm-up", () => {
  expect(() => convert(traceOf(FIVE, { warmup: 1 }), { to: "lackey" })).toThrow("warmup: got 1; allowed: 0");
});

it("says that samples will no longer be told from a trace", async () => {
  const trace = traceOf(FIVE);
  const samples = { ...trace, format: { ...trace.format, isSampled: true } };
  const { result } = await converted(samples, { to: "lackey" });
  expect(result.notes).toEqual(["the trace has samples, not every access: the new one no longer says so"]);
});

it("refuses a trace of which only pages were kept", () => {
  const trace = traceOf(FIVE);
  const pages = { ...trace, format: { ...trace.format, isPagesOnly: true } };
  expect(() => convert(pages, { to: "lackey" })).toThrow("chunked: keeps pages only");
});
