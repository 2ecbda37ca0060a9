/** CSV: which column is what, by its header or by the user's word. */
import { describe, expect, it } from "vitest";
import { resolveColumns } from "../../src/config/columns.ts";
import { readingOf } from "../../src/decoding.ts";
import { ConfigError, TraceError } from "../../src/errors.ts";
import { info } from "../../src/info.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { type OpenOptions, openTrace } from "../../src/trace/trace.ts";
import { Jobs } from "../../src/worker/jobs.ts";
import { entryLines } from "./entries.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The entries of `text`, opened with `options`; the format must be found to be CSV. */
async function read(text: string, options: OpenOptions = {}): Promise<string[]> {
  const trace = await openTrace(bytesOf(text), options);
  expect(trace.format.name).toBe("csv");
  const kernel = await Kernel.create();
  kernel.configureEntries(readingOf(trace));
  const reader = await trace.open();
  const got = await reader.read(kernel.input());
  expect(kernel.decode(got, true)).toBe(null);
  return entryLines(kernel.entries());
}

async function failure(opening: () => Promise<unknown>): Promise<unknown> {
  return opening().then(
    () => null,
    (error: unknown) => error,
  );
}

describe("a header", () => {
  it.each([
    ["address", "0x1000\n4096\n", ["load 1000 1", "load 1000 1"]],
    ["addr,rw", "0x1000,r\n0x1000,W\n", ["load 1000 1", "store 1000 1"]],
    ["isWrite;Virtual Address;Access-Size", "1;4096;8\n0; 0x2000 ;16\n", ["store 1000 8", "load 2000 16"]],
    ["thread id\tPC\taddress", "7\t0x401136\t0x1000\n", ["thread 0/7", "load 1000 1 by 401136"]],
    ['"pid","tid","type","va","what"', '"1","2","fetch","0x1000","a, b"\n', ["thread 1/2", "fetch 1000 1"]],
    [",time,address", "0,1.5,0x1000\n1,2.5,0x2000\n", ["load 1000 1", "load 2000 1"]],
    ["address,size,tid", "0x1000,,\n0x1000,8,3\n", ["load 1000 1", "thread 0/3", "load 1000 8"]],
    ["address kind", "0x1000  R\n0x2000\tmodify\n", ["load 1000 1", "modify 2000 1"]],
  ])("%j says what the columns are", async (header, rows, entries) => {
    expect(await read(`${header}\n${rows}`)).toEqual(entries);
    expect(await read(`# a comment\r\n\r\n${header}\r\n${rows.replaceAll("\n", "\r\n")}`)).toEqual(entries);
  });

  it("is not taken for one without addresses, or with two columns of the same", async () => {
    for (const header of ["time,value", "address,addr", "0x1000,8"]) {
      expect(await failure(() => openTrace(bytesOf(`${header}\n1,2\n`)))).toBeInstanceOf(TraceError);
      const forced = await failure(() => openTrace(bytesOf(`${header}\n1,2\n`), { format: "csv" }));
      expect(forced).toMatchObject({ code: "unknown-format", reason: expect.stringContaining("--columns") });
    }
  });
});

describe("columns that the user names", () => {
  it.each([
    ["address=2,kind=1", "R,0x1000,8\nW,0x2000,8\n", ["load 1000 1", "store 2000 1"]],
    ["address=2,kind=1,size=3", "op;a;b\nR;4096;8\n", ["load 1000 8"]],
    ["address=2:hex,kind=1,pc=3:hex", "w\t7ffe1000\t401136\n", ["store 7ffe1000 1 by 401136"]],
    // SST Prospero: cycle, R or W, address, length, all decimal
    [
      "address=3,kind=2,size=4",
      "12 R 140724603453440 8\n13 W 140724603453448 4\n",
      ["load 7ffd00000000 8", "store 7ffd00000008 4"],
    ],
    [{ address: 1, tid: 2 }, "0x1000,5\n0x2000,6\n", ["thread 0/5", "load 1000 1", "thread 0/6", "load 2000 1"]],
    [{ address: "1:hex" }, "add\nbad\n", ["load add 1", "load bad 1"]],
  ])("%j are where it says", async (columns, text, entries) => {
    expect(await read(text, { columns })).toEqual(entries);
  });

  it("replace those of the header, which is then only passed over", async () => {
    expect(await read("address,size\n8,0x1000\n", { columns: "address=2,size=1" })).toEqual(["load 1000 8"]);
  });

  it("have numbers in every record, and at least as many fields", async () => {
    for (const row of ["0x2000", "x,r", ",r", "0x1000,q", "0x1000,", "7f00,r"]) {
      const trace = await openTrace(bytesOf(`0x1000,r\n${row}\n`), { columns: "address=1,kind=2" });
      expect(await failure(() => info(trace))).toMatchObject({ code: "bad-record", line: 2, record: 2 });
    }
  });

  it("are there in each record, if only empty", async () => {
    const trace = await openTrace(bytesOf("0x1000,8\n0x1000,\n0x1000\n"), { columns: "address=1,size=2" });
    expect(await failure(() => info(trace))).toMatchObject({ code: "bad-record", line: 3, record: 3 });
  });

  it.each([
    "",
    "kind=1",
    "address",
    "address=0",
    "address=256",
    "address=1.5",
    "address=1,address=2",
    "address=1,kind=1",
    "address=1,kind=2:hex",
    "address=1,colour=2",
    "address=1,",
    { size: 1 },
    { address: -1 },
    { address: "one" },
    7 as unknown as string,
  ])("cannot be %j", (columns) => {
    expect(() => resolveColumns(columns)).toThrow(ConfigError);
  });

  it("are no matter of other formats", async () => {
    const opening = openTrace(bytesOf("R 0x1000\n"), { format: "text", columns: "address=1" });
    await expect(opening).rejects.toThrow("columns: got address=1; allowed: none with the format text");
  });

  it("go with a trace to a worker", async () => {
    const input = bytesOf("5,0x1000\n5,0x2000\n");
    const outcome = await new Jobs().info(1, { input, isUrl: false, opening: { columns: "address=2,tid=1" } }, null);
    expect(outcome).toMatchObject({ ok: true, value: { trace: { format: "csv", records: 2 } } });
  });
});

it("is asked for where a file looks like CSV and has no header that is understood", async () => {
  await expect(openTrace(bytesOf("op;where;n\nR;4096;8\n"))).rejects.toThrow("is it CSV? then say which columns");
});
