/** Sections of `.pwt` deflated and inflated by whatever there is: zlib, the streams of browsers, or pako. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const PLAIN = Uint8Array.from({ length: 700_000 }, (_, index) => (index % 251) ^ (index >> 12));
const STORED = new Uint8Array(deflateRawSync(PLAIN));

describe.each([
  { by: "zlib", hasZlib: true, hasStreams: true },
  { by: "the streams of browsers", hasZlib: false, hasStreams: true },
  { by: "pako", hasZlib: false, hasStreams: false },
])("by $by, a section", ({ hasZlib, hasStreams }) => {
  let deflate: typeof import("../../src/trace/pwt/deflate.ts");

  beforeEach(async () => {
    vi.resetModules();
    if (!hasZlib) vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    if (!hasStreams) vi.stubGlobal("DecompressionStream", undefined);
    if (!hasStreams) vi.stubGlobal("CompressionStream", undefined);
    deflate = await import("../../src/trace/pwt/deflate.ts");
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it("is deflated, and inflated again", async () => {
    const { compression, stored } = await deflate.compress(PLAIN, "deflate", 1);
    expect(compression).toBe("deflate");
    expect(inflateRawSync(stored).equals(PLAIN)).toBe(true);
    expect(Buffer.from(await deflate.inflateRaw(STORED, PLAIN.length)).equals(PLAIN)).toBe(true);
  });

  it("is inflated to nothing else than it should be", async () => {
    const inflate = async (stored: Uint8Array, bytes: number) => deflate.inflateRaw(stored, bytes);
    await expect(inflate(STORED, PLAIN.length - 1)).rejects.toThrow();
    await expect(inflate(STORED, PLAIN.length + 1)).rejects.toThrow();
    await expect(inflate(STORED.subarray(0, -1), PLAIN.length)).rejects.toThrow();
    await expect(inflate(new Uint8Array(0), 0)).rejects.toThrow();
  });

  // Node's streams pass over what follows; those of browsers are specified not to.
  it.skipIf(!hasZlib && hasStreams)("is all of what is stored", async () => {
    const stored = Buffer.concat([STORED, Buffer.alloc(3)]);
    await expect((async () => deflate.inflateRaw(stored, PLAIN.length))()).rejects.toThrow("3 bytes are left");
  });
});
