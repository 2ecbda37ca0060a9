/** CPUs as people read them. */
import { describe, expect, it } from "vitest";
import type { CpuDescription } from "../../src/config/cpus/description.ts";
import { CPU_PRESETS } from "../../src/config/cpus/presets.ts";
import { sourcedValues } from "../../src/config/cpus/weakest.ts";
import { cpuList, cpuListCsv, cpuListText } from "../../src/report/cpu-list.ts";
import { cpuText } from "../../src/report/cpu-text.ts";

const MANUAL = { status: "vendor", source: "the manual" } as const;
const BLOG = { status: "measured", source: "a blog\u001b[2J" } as const;

const SMALL: CpuDescription = {
  schema: "pagewalk/cpu@1",
  title: "Small",
  pageSizes: ["4K", "2M"],
  tlbs: [
    {
      name: "L2",
      level: 2,
      kinds: ["fetch", "load", "store"],
      arrays: [
        {
          holds: ["4K", "2M", "pde"],
          entries: { value: 64, ...MANUAL },
          ways: 4,
          policy: { value: "fifo", ...BLOG, others: [{ value: "lru", ...MANUAL }] },
          index: { value: { masks: ["0x1000", "0x2000", "0x4000", "0x48000"] }, ...BLOG },
          coalesces: { value: 4, ...BLOG },
        },
      ],
      takesVictims: { value: true, ...BLOG, others: [{ value: false, ...MANUAL }] },
      holdsParts: false,
    },
    {
      name: "L1",
      level: 1,
      kinds: ["fetch", "load", "store"],
      arrays: [
        { holds: ["4K"], entries: { value: 16, ...MANUAL }, ways: { value: "full", ...MANUAL } },
        { holds: ["2M"], entries: 8, ways: 2, index: "xor" },
      ],
    },
  ],
  walkers: 2,
  hitBelowCycles: [{ value: 7, ...BLOG }],
  walkCycles: 1,
  notes: ["A note."],
};

describe("cpuText()", () => {
  it("reads like this", () => {
    expect(cpuText("small.json", SMALL)).toBe(`\
small.json: Small
x86-64, pages of 4K, 2M
values of TLBs and walk caches: 3 vendor, 4 measured, 5 without source (weakest: measured)

TLB  level  accesses            holds                            entries  ways      policy    index
L1   1      fetch, load, store  4K                               16 [1]   full [1]  (lru)
                                2M                               8        2         (lru)     xor
L2   2      fetch, load, store  4K,2M,pde, up to 4 an entry [2]  64 [1]   4         fifo [2]  masks 0x1000 0x2000 0x4000 0x48000 [2]
[n]: who says so; (...): not in the description, the default

Rules                  L1     L2
holds parts            (yes)  no
filled by walks        (yes)  (yes)
filled by hits below   (yes)  (yes)
takes victims          (no)   yes [2]
exclusive              (no)   (no)
inclusive              (no)   (no)
touched by hits above  (no)   (no)

No walk caches but entries of paging structures in the TLBs.

walks at once: 2
an L1 miss that level 2 answers: 7 cycles [2]
a walk: 1 cycle

Where sources disagree, the first is simulated
  - L2 for 4K,2M,pde, policy: fifo [2]; others say lru [1]
  - L2, takes victims: true [2]; others say false [1]

Notes
  - A note.

Sources
   [1] vendor: the manual
   [2] measured: a blog\\x1b[2J
`);
  });

  it.each(Object.entries(CPU_PRESETS))("has every source and every disagreement of %s", (name, cpu) => {
    const text = cpuText(name, cpu);
    const plain = text.replace(/\s+/g, " ");
    for (const { path, claim } of sourcedValues(cpu)) {
      for (const { status, source } of [claim, ...(claim.others ?? [])]) {
        expect([path, plain.includes(`] ${status}: ${source}`.replace(/\s+/g, " "))]).toEqual([path, true]);
      }
    }
    const disputed = sourcedValues(cpu).filter(({ claim }) => claim.others !== undefined);
    expect(text.match(/others say/g)?.length ?? 0).toBe(disputed.length);
    for (const note of cpu.notes ?? []) expect(plain).toContain(note);
    // Every number that is referred to is explained, and every source is referred to.
    const [values = "", sources = ""] = text.split("\nSources\n");
    const numbers = (of: string) => [...new Set([...of.matchAll(/\[(\d+)\]/g)].map(([, number]) => Number(number)))];
    expect(numbers(values).toSorted((a, b) => a - b)).toEqual(numbers(sources));
  });
});

describe("cpuList()", () => {
  const list = cpuList(CPU_PRESETS, "1.2.3");

  it("has every CPU, with the geometries of its arrays for the smallest pages", () => {
    expect(list.cpus.map(({ name }) => name)).toEqual(Object.keys(CPU_PRESETS));
    expect(list.cpus.find(({ name }) => name === "skylake")).toMatchObject({
      architecture: "x86-64",
      pageSizes: ["4K", "2M", "1G"],
      l1i: "128:8",
      l1d: "64:4",
      stlb: "1536:12",
      sources: { weakest: "assumed" },
    });
  });

  it("is a line for each in text and CSV", () => {
    const text = cpuListText(list, 120);
    for (const { name, stlb } of list.cpus) expect(text).toMatch(new RegExp(`^${name} .* ${stlb} `, "m"));
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(120);
    const [head, ...rows] = cpuListCsv(list).trimEnd().split("\n");
    expect(head).toBe("name,title,architecture,pageSizes,l1i,l1d,stlb,weakest,vendor,measured,secondary,assumed");
    expect(rows).toHaveLength(list.cpus.length);
  });
});
