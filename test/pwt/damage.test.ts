/** `.pwt` files that were cut off, damaged or made up: each is an error, and none traps the kernel. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createPwtEncoder, pwtOutput } from "../../src/convert/pwt.ts";
import { TraceError } from "../../src/errors.ts";
import type { Kernel } from "../../src/kernel/kernel.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { encodeGiven, type GivenEntry } from "../convert/given-entries.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { fileOf, readEntries } from "./files.ts";

const [{ module }] = BUILDS as [(typeof BUILDS)[number]];
const stored = {
  ...pwtOutput,
  start: (kernel: Kernel) => createPwtEncoder(kernel, { source: "x", compression: "none" }),
};

const entries: GivenEntry[] = Array.from({ length: 40 }, (_, index): GivenEntry[] => [
  { kind: "fetch", va: 0x401000n + BigInt((index % 3) * 4), size: 4, pc: null },
  { kind: index % 2 ? "load" : "store", va: 0x7ffe0000n + BigInt(index * index * 8), size: 8, pc: null },
  ...(index % 13 === 0 ? [{ kind: "thread" as const, pid: 7n, tid: BigInt(index) }] : []),
  ...(index === 20 ? [{ kind: "unmap" as const, first: 0x1000n, last: 0x2fffn }] : []),
]).flat();

async function errorOf(file: Uint8Array): Promise<TraceError | GivenEntry[]> {
  try {
    return await readEntries(file);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    return error;
  }
}

/** Bytes of the unit of `file`, which has one block of one unit that is not compressed, and where they are. */
function unitOf(file: Uint8Array): Uint8Array {
  const at = 21 + 64;
  const view = new DataView(file.buffer, file.byteOffset);
  return file.slice(at, at + view.getUint32(at, true));
}

describe("a .pwt file", () => {
  beforeAll(() => provideKernelModule(module));

  it("that was cut off anywhere is an error that says so", async () => {
    const { bytes } = await encodeGiven(module, stored, [entries]);
    for (let length = 1; length < bytes.length; length++) {
      const error = await errorOf(bytes.subarray(0, length));
      expect(error, `${length} bytes`).toBeInstanceOf(TraceError);
      expect(error).toMatchObject({ code: "truncated" });
    }
    const end = bytes.subarray(0, bytes.length - 68);
    expect(await errorOf(end)).toMatchObject({ reason: expect.stringContaining("1 whole block is there") });
  });

  it("of which a byte is another is an error, wherever that is", async () => {
    for (const format of [stored, pwtOutput]) {
      const { bytes } = await encodeGiven(module, format, [entries]);
      for (let at = 0; at < bytes.length; at++) {
        const damaged = bytes.slice();
        damaged[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
        const found = await errorOf(damaged);
        // Bits that deflate does not use may be anything.
        if (found instanceof TraceError) expect(found.byteOffset).not.toBeNull();
        else expect(found, `byte ${at}`).toEqual(entries);
      }
    }
  });

  it("with something behind its end marker is an error", async () => {
    const { bytes } = await encodeGiven(module, stored, [entries]);
    expect(await errorOf(Buffer.concat([bytes, Buffer.of(0)]))).toMatchObject({ code: "corrupt" });
  });
});

describe.each(BUILDS)("a unit of nonsense with the kernel ($name)", (build) => {
  beforeAll(() => provideKernelModule(build.module));

  it("is an error, or entries, and never a trap", async () => {
    const { bytes } = await encodeGiven(build.module, stored, [entries]);
    const unit = unitOf(bytes);
    const changes = fc.array(fc.tuple(fc.nat(unit.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    let errors = 0;
    await fc.assert(
      fc.asyncProperty(changes, async (changes) => {
        const changed = unit.slice();
        for (const [at, byte] of changes) if (at >= 4) changed[at] = byte;
        const file = await fileOf([changed], 80);
        const error = await errorOf(file);
        if (error instanceof TraceError) {
          errors++;
          await expect(simulate(chunkedTrace(file, 1 << 20, "pwt"))).rejects.toBeInstanceOf(TraceError);
        }
      }),
      { seed: 702, numRuns: 150 },
    );
    expect(errors).toBeGreaterThan(0);
  });

  it("of random bytes is an error", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300, size: "max" }), async (bytes) => {
        const unit = Buffer.concat([Buffer.alloc(8), bytes]);
        unit.writeUInt32LE(unit.length, 0);
        unit.writeUInt32LE(1, 4);
        expect(await errorOf(await fileOf([unit], 1))).toMatchObject({ code: "bad-record" });
      }),
      { seed: 703, numRuns: 60 },
    );
  });
});
