import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fromErrorValue, TraceError, toErrorValue } from "../src/errors.ts";
import { simulate } from "../src/simulate.ts";
import { type OpenOptions, openTrace } from "../src/trace/trace.ts";

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
    const received = fromErrorValue(structuredClone(toErrorValue(error)));
    expect(received).toBeInstanceOf(TraceError);
    expect({ ...received, message: received.message }).toEqual({
      ...(error as Error),
      message: (error as Error).message,
    });
  });
});
