/** zip archives in a browser, where there is no zlib of Node: by pako, and with tables for the checksum. */
import { describe, expect, it } from "vitest";
import { openTrace } from "../../src/trace/trace.ts";
import { encodeDrmemtrace } from "../formats/drmemtrace.ts";
import { encodeChunks } from "../formats/zip.ts";

const PLAIN = encodeDrmemtrace(
  Array.from({ length: 50_000 }, (_, index) => ({ kind: "load" as const, va: BigInt((index * index) % 1e9), size: 8 })),
);

async function drain(input: Blob): Promise<Uint8Array> {
  const trace = await openTrace(input);
  expect([trace.format.name, trace.compression]).toEqual(["drmemtrace", "zip"]);
  const reader = await trace.open();
  const plain = new Uint8Array(PLAIN.length + 1);
  let filled = 0;
  try {
    for (let got = -1; got !== 0; filled += got) got = await reader.read(plain.subarray(filled));
  } finally {
    await reader.close();
  }
  return plain.subarray(0, filled);
}

describe("a zip archive in a browser", () => {
  it.each([{}, { descriptor: "signed" }, { method: "stored", zip64: true }] as const)(
    "of chunks, written with %o, is read",
    async (options) => {
      expect(await drain(new Blob([encodeChunks(PLAIN, 100_000, options)]))).toEqual(PLAIN);
    },
  );

  it("that is damaged is an error", async () => {
    const stored = encodeChunks(PLAIN, 100_000);
    const at = stored.length >> 1;
    stored[at] = (stored[at] as number) ^ 16;
    await expect(drain(new Blob([stored]))).rejects.toMatchObject({ name: "TraceError", code: "corrupt" });
    await expect(drain(new Blob([encodeChunks(PLAIN, 100_000).subarray(0, -30)]))).rejects.toMatchObject({
      code: "truncated",
    });
  });
});
