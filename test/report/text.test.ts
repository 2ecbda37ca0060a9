import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { infoText, runText, sweepText } from "../../src/report/text.ts";
import { INFO, point, RUN, SWEEP } from "./samples.ts";

const WIDE = { width: 80, ascii: false };

/** The lines between those that begin with `from` and the next empty one. */
function section(text: string, from: string): string[] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => line.startsWith(from));
  expect(start).toBeGreaterThanOrEqual(0);
  return lines.slice(start, lines.indexOf("", start));
}

describe("runText()", () => {
  it("reads like this", () => {
    expect(runText(RUN)).toBe(`\
trace          traces/sort.lackey.zst
format         lackey (zstd)
records        400,000: 250,000 fetch, 100,000 load, 40,000 store, 10,000 modify
instructions   250,000
skipped lines  2
references     401,400: 250,500 fetch, 150,900 data
machine        skylake, 4K pages

TLB   geometry     lookups     hits  misses  hit rate    MPKI
L1I   128:8 lru    250,500  250,496       4  99.9984%   0.016
L1D   64:4 lru     150,900  138,900  12,000  92.0477%  48.000
STLB  1536:12 lru   12,004    8,800   3,204  73.3089%  12.816

Walks: 3,204, 4,046 walk references, 1.263 per walk
             PML4E  PDPTE    PDE    PTE
references       4     34    804  3,204
PSC hits        30    770  2,400      -
PSC entries      2      4     32      -

set-dirty      350 walks, 360 walk references
faults         1,500 minor, 0 major, 0 protection, 0 general protection
memory         1,500 pages of 4K, 5.9 MiB
page tables    15 pages of 4K, 60 KiB
time           1.24 s, 323,710 references/s
`);
  });

  it("prints n/a for MPKI without instructions and for the hit rate of a TLB that was never looked up", () => {
    const idle = { ...RUN.tlbs[0], lookups: 0, hits: 0, misses: 0, missRatio: 0, mpki: null };
    const text = runText({
      ...RUN,
      trace: { ...RUN.trace, instructions: 0 },
      tlbs: [idle, { ...RUN.tlbs[1], mpki: null }, { ...RUN.tlbs[2], mpki: null }],
    });
    expect(text).toContain("instructions   n/a\n");
    expect(text).toMatch(/^L1I .* 0 +0 +0 +n\/a +n\/a$/m);
    expect(text).toMatch(/^L1D .* 92\.05% +n\/a$/m);
  });

  it("calls a fully associative TLB full", () => {
    const full = { ...RUN.tlbs[0], ways: 128 };
    expect(runText({ ...RUN, tlbs: [full, RUN.tlbs[1], RUN.tlbs[2]] })).toContain("128:full lru");
  });

  it("tells of evictions where there were some", () => {
    const memory = { ...RUN.memory, evictions: 1_200, writebacks: 1 };
    expect(runText({ ...RUN, memory })).toContain("evictions      1,200, 1 writeback\n");
  });

  it("is plain text on its lines whatever the trace is called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (path) => {
        const text = runText({ ...RUN, trace: { ...RUN.trace, path } });
        expect(text.split("\n")).toHaveLength(runText(RUN).split("\n").length);
        expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
      }),
    );
    expect(runText({ ...RUN, trace: { ...RUN.trace, path: "-" } })).toContain("trace          standard input\n");
  });
});

describe("infoText()", () => {
  it("reads like this", () => {
    expect(infoText(INFO)).toBe(`\
trace          traces/sort.lackey.zst
format         lackey (zstd)
records        400,000: 250,000 fetch, 100,000 load, 40,000 store, 10,000 modify
instructions   250,000
skipped lines  2
references     401,400: 250,500 fetch, 150,900 data
stored         1.5 MiB, 5.4 MiB decompressed
straddling     1,400 records on two 4 KiB pages
non-canonical  0 addresses
addresses      0x400000 to 0x7ffc12345000

footprint  pages     size  code pages  data pages
4K         1,500  5.9 MiB          12       1,488
2M             9   18 MiB           2           7
1G             3    3 GiB           1           2

time           0.042 s, 9,501,188 records/s
`);
  });

  it("says what is not known", () => {
    const trace = { ...INFO.trace, storedBytes: null, compression: "none" as const };
    const text = infoText({ ...INFO, trace, addresses: { lowest: null, highest: null } });
    expect(text).toMatch(/^stored +unknown$/m);
    expect(text).toMatch(/^addresses +none$/m);
    expect(text).toMatch(/^format +lackey$/m);
  });
});

describe("sweepText()", () => {
  it("pivots points into rows of entries and columns of ways", () => {
    expect(section(sweepText(SWEEP, WIDE), "Miss ratio, ")).toEqual([
      "Miss ratio, 4K pages, lru",
      "entries   1 way  4 ways    full",
      "     16  59.04%  55.47%  54.57%",
      "     64  41.65%  39.35%  39.26%",
      "    256  29.78%  24.05%  24.00%",
      "   1024  15.29%   9.28%   9.08%",
      "   4096   3.01%   1.48%   1.27%",
      "Cold misses, which no size avoids: 4,721, 1.18%",
    ]);
    expect(section(sweepText(SWEEP, WIDE), "Misses, ")[1]).toBe("entries    1 way   4 ways     full");
  });

  it("has a fully associative point in the column of its ways too, so that no column begins with a gap", () => {
    const points = [point(16, 16, 218_279), point(32, 16, 188_423), point(32, 32, 188_334)];
    expect(section(sweepText({ ...SWEEP, points }, WIDE), "Misses, ")).toEqual([
      "Misses, 4K pages, lru",
      "entries  16 ways     full",
      "     16  218,279  218,279",
      "     32  188,423  188,334",
    ]);
  });

  it("marks combinations that were not simulated", () => {
    const points = SWEEP.points.filter((candidate) => candidate.entries !== 64 || candidate.ways !== 4);
    expect(sweepText({ ...SWEEP, points }, WIDE)).toMatch(/^ +64 +41\.65% +- +39\.26%$/m);
  });

  it("lists exact points that have little in common", () => {
    const points = [point(64, 4, 157_400), point(48, 3, 171_516), point(1536, 12, 17_467)];
    expect(section(sweepText({ ...SWEEP, points }, WIDE), "4K pages, lru")).toEqual([
      "4K pages, lru",
      "geometry  sets     hits   misses  miss ratio",
      "64:4        16  242,600  157,400      39.35%",
      "48:3        16  228,484  171,516      42.88%",
      "1536:12    128  382,533   17,467       4.37%",
      "Cold misses, which no size avoids: 4,721, 1.18%",
    ]);
  });

  it("has tables of their own for each page size and policy", () => {
    const points = [...SWEEP.points, point(16, 16, 14, "2M", 14), { ...point(16, 16, 9_000), policy: "fifo" as const }];
    const titles = sweepText({ ...SWEEP, points }, WIDE).match(/^Misses, .*$/gm);
    expect(titles).toEqual(["Misses, 4K pages, lru", "Misses, 2M pages, lru", "Misses, 4K pages, fifo"]);
  });

  it("continues a table below where the terminal is too narrow for all ways", () => {
    const text = sweepText(SWEEP, { width: 28, ascii: true });
    expect(section(text, "Misses, ")[1]).toBe("entries    1 way   4 ways");
    expect(text).toMatch(/^entries +full$/m);
  });

  it("has no plot for a single number of entries, nor for a stream without references", () => {
    const one = { ...SWEEP, points: SWEEP.points.filter((candidate) => candidate.entries === 64) };
    expect(sweepText(one, WIDE)).not.toContain("logarithmic");
    const points = SWEEP.points.map((each) => ({ ...each, hits: 0, misses: 0, coldMisses: 0, missRatio: 0 }));
    const none = sweepText({ ...SWEEP, references: 0, points }, WIDE);
    expect(none).not.toContain("logarithmic");
    expect(none).toMatch(/^ +64 +0\.00% +0\.00% +0\.00%$/m);
  });
});
