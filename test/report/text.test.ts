import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OsOptions } from "../../src/config/os-config.ts";
import { resolve } from "../../src/config/resolve.ts";
import { infoText } from "../../src/report/info-text.ts";
import { runText } from "../../src/report/text.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { INFO, RUN } from "./samples.ts";

describe("runText()", () => {
  it("reads like this", () => {
    expect(runText(RUN)).toBe(`\
trace          traces/sort.lackey.zst
format         lackey (zstd)
records        400,000: 250,000 fetch, 100,000 load, 40,000 store, 10,000 modify
instructions   250,000
skipped lines  2
references     401,400: 250,500 fetch, 150,900 data
machine        generic, 4K pages

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
    const limited = (options: OsOptions, evictions: number) =>
      runText({ ...RUN, config: resolve(options), memory: { ...memory, evictions } });
    const lines = [limited({ memory: "128K" }, 1_200), limited({ memory: 4096, reclaim: "random", seed: 7 }, 0)];
    expect(lines[0]).toContain("evictions      1,200 from 32 frames, 128 KiB, by second-chance, 1 writeback\n");
    expect(lines[1]).toContain("evictions      0 from 1 frame, 4 KiB, by random of seed 7, 1 writeback\n");
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
sizes          in bytes, with records: 3: 150,000, 4: 130,000, 8: 120,000
straddling     1,400 records on two 4 KiB pages, 9,100 on two lines or more of 64 bytes
non-canonical  0 addresses
addresses      0x400000 to 0x7ffc12345000
architecture   x86-64, user space
threads        2: 7/7: 300,000 records, 7/8: 100,000 records

footprint  pages     size  code pages  data pages
4K         1,500  5.9 MiB          12       1,488
2M             9   18 MiB           2           7
1G             3    3 GiB           1           2

reuse  references  first ones  pages for 90%  pages for 99%  pages for 99.9%
fetch     250,500          12              1              3                9
data      150,900       1,488             14          1,200              n/a

 window  pages of 4K     size
     32          7.6   32 KiB
  1,024         57.7  232 KiB
 32,768          438  1.7 MiB
262,144        1,478  5.8 MiB

0x7ffc12343000   12 KiB      3 pages  ▓▓░░░░░░░   stack
  ⋮ 128.0 TiB untouched
     0x1200000  5.8 MiB  1,485 pages  ▓▓▓▓▓▓▓▓▓
  ⋮ 14.0 MiB untouched
      0x400000   48 KiB     12 pages  ██████████  program, and its heap if near
█ fetches  ▓ loads  ░ stores; bars are logarithmic, modifies are stores

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

it("tells of accesses that mappings forbid, and that most of them mean another run", async () => {
  const region = {
    start: 0x1000n,
    end: 0x2000n,
    permissions: "rw-",
    name: "some",
    file: null,
    fromRecord: 0,
    toRecord: null,
  };
  const textOf = async (lines: string) =>
    runText(await simulate(await openTrace(new TextEncoder().encode(lines)), {}, { maps: [region] }));
  const inside = " L 00001000,4\n S 00001008,4\n L 00001010,4\n";
  expect(await textOf(inside)).not.toContain("SIGSEGV");
  const one = await textOf(`${inside}I  00001000,4\n`);
  expect(one).toMatch(/SIGSEGV +record 4: fetch at 0x1000, SEGV_ACCERR\n/);
  expect(one).not.toContain("another run");
  const most = await textOf(` L 00001000,4\n${" L 00009000,4\n".repeat(5)}`);
  expect(most).toMatch(/SIGSEGV +record 2: load at 0x9000, SEGV_MAPERR\n/);
  expect(most).toContain("record 4: load at 0x9000, SEGV_MAPERR, and 2 more");
  expect(most).toContain("are these mappings of another run of it?");
});
