/** What of plans is worth it, and parts of memory, without simulations. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandOf } from "../../src/advise/command.ts";
import { inferredParts } from "../../src/advise/inferred.ts";
import { bestOfEach, wastesMemory } from "../../src/advise/judgement.ts";
import { partsOfMaps } from "../../src/advise/parts.ts";
import { resolveSelection } from "../../src/config/selection.ts";
import type { PageSize } from "../../src/config/types.ts";
import type { Region } from "../../src/regions/region.ts";
import type { AdvisedPlan } from "../../src/report/advising.ts";
import { type OpenOptions, openTrace } from "../../src/trace/trace.ts";

const MiB = 2 ** 20;

function plan(
  name: string,
  pageSize: PageSize,
  savedShare: number,
  bloatBytes: number,
  baseBytes = 100 * MiB,
): AdvisedPlan {
  return {
    name: `${name} on ${pageSize}`,
    regions: [{ name, kind: "heap", pageSize }],
    options: { huge: name },
    l1Misses: 0,
    stlbMisses: 0,
    stlbMpki: null,
    walkReferences: 0,
    savedWalkReferences: Math.round(savedShare * 1e6),
    savedShare,
    minorFaults: 0,
    mappedBytes: 0,
    bloatBytes,
    isWasteful: wastesMemory({ savedShare, bloatBytes }, baseBytes),
    command: "",
  };
}

function region(name: string, start: bigint, end: bigint, permissions = "rw-", file: string | null = null): Region {
  return { start, end, permissions, name, file, fromRecord: 0, toRecord: null };
}

describe("wastesMemory()", () => {
  it.each([
    [0.3, 30, false],
    [0.3, 31, true],
    [1, 100, false],
    [0, 8, false],
    [0, 9, true],
    [-0.5, 9, true],
    [0.01, -50, false],
  ])("%d of the walk references for %d MiB more than 100: %s", (savedShare, bloatMiB, expected) => {
    expect(wastesMemory({ savedShare, bloatBytes: bloatMiB * MiB }, 100 * MiB)).toBe(expected);
  });
});

describe("bestOfEach()", () => {
  const best = (...plans: AdvisedPlan[]) => bestOfEach(plans, 100 * MiB).map(({ name }) => name);

  it("takes what saves a twentieth or more, and wastes nothing, those that save most first", () => {
    expect(best(plan("a", "2M", 0.04, 0), plan("b", "2M", 0.05, 0), plan("c", "2M", 0.5, 40 * MiB))).toEqual([
      "c on 2M",
      "b on 2M",
    ]);
    expect(best(plan("a", "2M", 0.2, 21 * MiB))).toEqual([]);
  });

  it("takes 1 GiB only where that saves more than 2 MiB do", () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const pick = (...both: AdvisedPlan[]) => best(...order.flatMap((index) => both[index] ?? []));
      expect(pick(plan("a", "2M", 0.9, 0), plan("a", "1G", 0.905, 0))).toEqual(["a on 2M"]);
      expect(pick(plan("a", "2M", 0.5, 0), plan("a", "1G", 0.9, 0))).toEqual(["a on 1G"]);
      expect(pick(plan("a", "2M", 0.5, 0), plan("a", "1G", 0.9, 900 * MiB))).toEqual(["a on 2M"]);
    }
  });

  it("leaves out what each by itself nobody would mind, but not all together", () => {
    const small = ["a", "b", "c"].map((name, index) => plan(name, "2M", 0.07 - index / 100, 7 * MiB));
    expect(best(...small)).toEqual(["a on 2M"]);
    expect(best(...small, plan("d", "2M", 0.5, 0))).toEqual(["d on 2M", "a on 2M", "b on 2M", "c on 2M"]);
  });

  it("never takes regions that are a waste together", () => {
    const plans = fc.array(
      fc.record({ saved: fc.double({ min: -0.2, max: 1, noNaN: true }), bloatMiB: fc.integer({ min: -10, max: 120 }) }),
      { size: "max", maxLength: 12 },
    );
    fc.assert(
      fc.property(plans, (given) => {
        const taken = bestOfEach(
          given.map(({ saved, bloatMiB }, index) => plan(`region ${index}`, "2M", saved, bloatMiB * MiB)),
          100 * MiB,
        );
        const sum = (of: (each: AdvisedPlan) => number) => taken.reduce((total, each) => total + of(each), 0);
        const all = { savedShare: sum((each) => each.savedShare), bloatBytes: sum((each) => each.bloatBytes) };
        expect(wastesMemory(all, 100 * MiB)).toBe(false);
      }),
    );
  });
});

describe("commandOf()", () => {
  const trace = async (options: OpenOptions) => ({
    ...(await openTrace(new TextEncoder().encode(" L 1000,8\n"), options)),
    path: "a b.lk",
    selection: resolveSelection(options),
  });

  it("has the machine, the mappings, the window and the plan", async () => {
    const config = {
      l1d: { entries: 64, ways: "full" },
      stlb: "64:4",
      psc: { pde: 8, pml4e: 0 },
      policy: "fifo",
    } as const;
    const opened = await trace({ skip: "1k", warmup: 5, limit: 7, unit: "instructions", thread: 3 });
    const command = commandOf(opened, config, "maps", { maps: "it's.maps", format: "lackey" });
    expect(command({ huge: "heap (brk)" })).toBe(
      "pagewalk run 'a b.lk' --l1d 64:full --stlb 64:4 --psc pde=8,pml4e=0 --policy fifo --maps 'it'\\''s.maps' " +
        "--huge 'heap (brk)' --skip 1000 --warmup 5 --limit 7 --unit instructions --threads 3 --format lackey",
    );
  });

  it.each([
    ["maps", " --maps MAPS"],
    ["recorded", " --maps recorded"],
    ["inferred", ""],
  ] as const)("of %s regions says nothing but what is needed", async (source, maps) => {
    const command = commandOf(await trace({}), {}, source);
    expect(command({})).toBe(`pagewalk run 'a b.lk'${maps}`);
    expect(command({ pageSize: "thp" })).toBe(`pagewalk run 'a b.lk' --page-size thp${maps}`);
  });
});

describe("partsOfMaps()", () => {
  it.each([
    ["heap (brk)", "rw-", null, "heap"],
    ["stack", "rw-", null, "stack"],
    ["thread stack", "rw-", null, "stack"],
    ["mmap anon", "rw-", null, "anonymous"],
    ["[anon:arena]", "rw-", null, "anonymous"],
    ["exe join", "r-x", "/bin/join", "text"],
    ["exe join", "rw-", null, "data"],
    ["lib libc.so.6", "r-x", "/lib/libc.so.6", "library"],
    ["file words", "r--", "/tmp/words", "file"],
    ["[vdso]", "r-x", null, "system"],
  ])("tells what %s %s of %s is: %s", (name, permissions, file, kind) => {
    expect(partsOfMaps([region(name, 0x400000n, 0x800000n, permissions, file)])).toMatchObject([{ name, kind }]);
  });

  it("tells a program's code from its data by what has room for large pages", () => {
    const code = region("exe a", 0x400000n, 0x401000n, "r-x", "/a");
    const data = region("exe a", 0x401000n, 0x4000000n, "rw-", null);
    expect(partsOfMaps([code, data])).toMatchObject([{ kind: "data", largestPage: "2M", bytes: 0x3c00000 }]);
  });

  it("finds room only in what Linux would have as one mapping", () => {
    const half = (start: bigint, permissions: string, file: string | null = null) =>
      region("part", start, start + 0x100000n, permissions, file);
    const largest = (...regions: Region[]) => partsOfMaps(regions)[0]?.largestPage;
    expect(largest(half(0x200000n, "rw-"), half(0x300000n, "rw-"))).toBe("2M");
    expect(largest(half(0x200000n, "rw-"), half(0x300000n, "r--"))).toBe("4K");
    expect(largest(half(0x200000n, "rw-"), half(0x300000n, "rw-", "/f"))).toBe("4K");
    expect(largest(half(0x200000n, "rw-"), half(0x400000n, "rw-"))).toBe("4K");
    expect(largest(half(0x280000n, "rw-"), half(0x380000n, "rw-"))).toBe("4K");
  });

  it.each(["a,b", "0x1000-0x2000", "name=2M", " name"])("asks for %j by its addresses", (name) => {
    const [part] = partsOfMaps([region(name, 0x200000n, 0x600000n)]);
    expect(part?.huge("2M")).toBe("0x200000-0x600000");
    expect(part?.huge("1G")).toBe("0x200000-0x600000=1G");
  });
});

describe("inferredParts()", () => {
  it("covers every touched page once, and divides code from data at multiples of 2 MiB", () => {
    const page = fc.record({ number: fc.integer({ min: 0, max: 6000 }), isCode: fc.boolean() });
    const base = 0x400;
    fc.assert(
      fc.property(
        fc.uniqueArray(page, { size: "max", minLength: 1, maxLength: 60, selector: (each) => each.number }),
        (touched) => {
          const pages = touched.sort((a, b) => a.number - b.number);
          const isCode = Uint8Array.from(pages, (each) => Number(each.isCode));
          const numbers = Float64Array.from(pages, (each) => base + each.number);
          const isData = isCode.map((code) => 1 - code);
          const parts = inferredParts({ numbers, kinds: null, isCode, isData, isWritten: isData });
          numbers.forEach((number, index) => {
            const address = BigInt(number) << 12n;
            const holding = parts.filter(({ region: { start, end } }) => start <= address && address < end);
            expect(holding).toHaveLength(1);
            if (isCode[index] === 1) expect(["text", "library"]).toContain(holding[0]?.part.kind);
          });
          expect(new Set(parts.map(({ part }) => part.name)).size).toBe(parts.length);
          for (const { part, region } of parts) {
            const [, start, end] = /^(0x[\da-f]+)-(0x[\da-f]+)$/.exec(part.huge("2M")) ?? [];
            expect(BigInt(start ?? 0) % 0x200000n).toBe(0n);
            expect(BigInt(start ?? 0)).toBeLessThanOrEqual(region.start);
            expect(BigInt(end ?? 0)).toBeGreaterThanOrEqual(region.end);
          }
        },
      ),
    );
  });
});
