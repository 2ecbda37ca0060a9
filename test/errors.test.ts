import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openDump } from "../src/dump/dump.ts";
import { DumpError, fromErrorValue, TraceError, toErrorValue } from "../src/errors.ts";
import { simulate } from "../src/simulate.ts";
import { type OpenOptions, openTrace } from "../src/trace/trace.ts";
import { limeDump } from "./helpers/dumps.ts";

const RECORDS = "I  04001000,3\n L 1ffefff860,8\n";
const bytes = (text: string) => new TextEncoder().encode(text);
const gzip = gzipSync(RECORDS);

async function errorOf(input: Uint8Array | string, options?: OpenOptions): Promise<unknown> {
  return openTrace(input, options)
    .then((trace) => simulate(trace))
    .catch((error: unknown) => error);
}

describe("a TraceError has a code that tells a program what is wrong:", () => {
  it.each<[string, Uint8Array | string, OpenOptions?]>([
    ["unreadable", "no/such/file.lk"],
    ["empty", bytes("")],
    ["unknown-format", bytes("no trace\n")],
    ["unsupported-compression", Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0, 0, 0, 0, 0, 0)],
    ["truncated", gzip.subarray(0, gzip.length - 3)],
    ["corrupt", Uint8Array.from(gzip, (byte, at) => (at === gzip.length - 6 ? byte ^ 1 : byte))],
    ["address-too-wide", bytes(`${RECORDS} L 10000000000000000,8\n`)],
    ["size-out-of-range", bytes(`${RECORDS} L 1000,0\n`)],
    ["torn-line", bytes(`${RECORDS} L 10`)],
    ["no-records", bytes("no trace\n"), { format: "lackey" }],
  ])("%s", async (code, input, options) => {
    const error = await errorOf(input, options);
    expect(error).toBeInstanceOf(TraceError);
    expect(error).toMatchObject({ code });
    expectSameThere(error as TraceError);
  });
});

describe("a DumpError has a code that tells a program what is wrong:", () => {
  const frame = new Uint8Array(4096).fill(1);
  const lime = limeDump(new Map([[0x7000n, frame]]));

  it.each<[string, Uint8Array | ReadableStream<Uint8Array> | string, number?]>([
    ["unreadable", "no/such/file.lime"],
    ["empty", bytes("")],
    ["unsupported-format", bytes(RECORDS)],
    ["unsupported-compression", Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0, 0, 0, 0, 0, 0)],
    ["truncated", lime.subarray(0, 4000)],
    ["truncated", gzipSync(frame).subarray(0, 20)],
    ["corrupt", Uint8Array.from(gzipSync(frame), (byte, at) => (at === 22 ? byte ^ 1 : byte))],
    ["corrupt", Uint8Array.from([...lime, ...lime])],
    ["read-once", new Blob([frame]).stream(), 0],
  ])("%s", async (code, input, keepBytes) => {
    const error = await openDump(input, { keepBytes }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DumpError);
    expect(error).toMatchObject({ code });
    expectSameThere(error as DumpError);
  });

  it("and says where", async () => {
    const cause = new Error("why");
    const error = new DumpError(
      "is wrong",
      { path: "-", byteOffset: 0, physicalAddress: 0xfedcba9876543210n },
      "corrupt",
      cause,
    );
    expect(error.message).toBe("standard input: byte 0, physical address 0xfedcba9876543210: is wrong");
    expect(error.cause).toBe(cause);
    expect(toErrorValue(error).fields).toMatchObject({ physicalAddress: "0xfedcba9876543210" });
    expectSameThere(error);
    expectSameThere(new DumpError("is wrong", { path: "dump" }, "corrupt"));
  });
});

/** Expects that an error arrives in another thread with its class, its message and its fields. */
function expectSameThere(error: TraceError | DumpError): void {
  const received = fromErrorValue(structuredClone(toErrorValue(error)));
  expect(received).toBeInstanceOf(error.constructor);
  expect({ ...received, message: received.message }).toEqual({ ...error, message: error.message });
}
