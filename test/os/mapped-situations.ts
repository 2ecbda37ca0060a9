/** Programs with mappings of many kinds that change, and the pages that they are to have, as a run and the plain run are told of them. */
import fc from "fast-check";
import type { Config, PageSize } from "../../src/config/types.ts";
import { regionChanges } from "../../src/regions/changes.ts";
import { MemoryMap } from "../../src/regions/memory-map.ts";
import { RegionNames } from "../../src/regions/names.ts";
import type { Region } from "../../src/regions/region.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import type { Access } from "../reference/access.ts";
import type { PlainOsConfig, PlainOsResult } from "../reference/plain-os-run.ts";
import type { PlainVma, VmaChange } from "../reference/plain-vmas.ts";

/** Page numbers from which each process is laid out: both halves of the address space, at a multiple of 1 GiB. */
const BASES = [0x7_f000_0000n, (1n << 52n) - (1n << 35n)];
const PART_PAGES = 512;
const PARTS = 4;
/** Where mappings begin and end: on edges of parts, beside them, inside of parts, and where there is 1 GiB. */
const EDGES = [0, 1, 40, 511, 512, 513, 1024, 1100, 1536, 2047, 2048, 1 << 18];

const edges = fc.subarray(EDGES, { minLength: 2, maxLength: 6 });
const kindOfMapping = fc.constantFrom(
  { name: "heap (brk)", file: null, permissions: "rwx" },
  { name: "heap (brk)", file: null, permissions: "rwx" },
  { name: "heap (brk)", file: null, permissions: "rw-" },
  { name: "mmap anon", file: null, permissions: "rwx" },
  { name: "mmap anon", file: null, permissions: "rw-" },
  { name: "mmap anon", file: null, permissions: "r--" },
  { name: "lib x.so", file: "/x.so", permissions: "r-x" },
  { name: "lib x.so", file: "/x.so", permissions: "rw-" },
);

interface Mapped {
  first: number;
  last: number;
  of: Pick<Region, "name" | "file" | "permissions"> | null;
}

const mappings: fc.Arbitrary<Mapped[]> = fc.oneof(
  { weight: 3, arbitrary: kindOfMapping.map((of) => [{ first: 0, last: (1 << 18) - 1, of }]) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(edges, fc.array(fc.option(kindOfMapping, { freq: 8 }), { minLength: 5, maxLength: 5 }))
      .map(([at, kinds]) =>
        at.slice(1).map((end, index) => ({ first: at[index] ?? 0, last: end - 1, of: kinds[index] ?? null })),
      ),
  },
);

const page = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.nat(PARTS - 1), fc.nat(60)).map(([part, index]) => part * PART_PAGES + index) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...EDGES), fc.nat(2)).map(([edge, back]) => Math.max(0, edge - back)),
  },
);
/** Runs of records to neighbouring pages, so that parts fill up, some over the edge of a page. */
const records = fc
  .array(
    fc.record({
      page,
      pages: fc.integer({ min: 1, max: 45 }),
      offset: fc.constantFrom(0, 8, 4092),
      kind: fc.constantFrom("load" as const, "load" as const, "store" as const, "modify" as const, "fetch" as const),
    }),
    { minLength: 1, maxLength: 30, size: "max" },
  )
  .map((runs) =>
    runs.flatMap(({ page, pages, offset, kind }) =>
      Array.from({ length: pages }, (_, index) => ({ kind, page: page + index, offset, size: 8 })),
    ),
  );

const range = fc
  .tuple(fc.constantFrom(...EDGES), fc.constantFrom(...EDGES))
  .filter(([first, end]) => first < end)
  .map(([first, end]) => ({ first, last: end - 1 }));
export const largeSize = fc.constantFrom<PageSize>("2M", "2M", "1G");
const part = fc.oneof(
  fc.record({ range, pageSize: largeSize }),
  fc.record({ text: fc.constantFrom("heap", "brk", "anon", ".so", "m"), pageSize: largeSize }),
);

export const thp = fc.record({
  available: fc.constantFrom(0, 0.4, 0.7, 1),
  khugepaged: fc.constantFrom(0, 7, 40, 100),
  khugepagedPages: fc.constantFrom(1, 2, 10, 34),
  seed: fc.nat(1000),
});

/** Programs, and for each one of `machines`. */
export const situations = <Machine>(machines: fc.Arbitrary<Machine>) =>
  fc.record({
    base: fc.constantFrom(...BASES),
    before: mappings,
    later: fc.array(fc.tuple(mappings, fc.integer({ min: 1, max: 600 })), { maxLength: 3, size: "max" }),
    records,
    parts: fc.oneof(
      fc.constant<(typeof part extends fc.Arbitrary<infer Part> ? Part : never)[]>([]),
      fc.array(part, { maxLength: 3, size: "max" }),
    ),
    machine: machines,
    thp: fc.option(thp),
  });
export type Situation =
  ReturnType<typeof situations> extends fc.Arbitrary<infer Value> ? Omit<Value, "machine"> : never;

const address = (base: bigint, page: number) => (base + BigInt(page)) << 12n;

/** What was mapped before the first record, and what came later. */
export function regionsOf({ base, before, later }: Situation): Region[] {
  const map = new MemoryMap();
  const add = (all: Mapped[], fromRecord: number) => {
    for (const { first, last, of } of all) {
      const [start, end] = [address(base, first), address(base, last + 1)];
      if (of === null) map.unmap(start, end, fromRecord);
      else map.map({ start, end, ...of, fromRecord });
    }
  };
  add(before, 0);
  for (const [all, record] of later.toSorted(([, one], [, other]) => one - other)) add(all, record);
  return map.regions().filter(({ fromRecord, toRecord }) => toRecord === null || toRecord > fromRecord);
}

/** The pieces of a mapping by the size of their pages: of the parts that ask for a page the last one counts. */
function piecesOf(vma: PlainVma, { base, parts }: Situation): PlainVma[] {
  const asked = parts.map((part) => {
    if ("text" in part) return { ...part, first: vma.first, last: vma.name.includes(part.text) ? vma.last : -1n };
    return { ...part, first: address(base, part.range.first), last: address(base, part.range.last + 1) - 1n };
  });
  const cuts = asked.flatMap(({ first, last }) => [first, last + 1n]).filter((at) => at > vma.first && at <= vma.last);
  const starts = [...new Set([vma.first, ...cuts])].sort((one, other) => (one < other ? -1 : 1));
  return starts.map((first, index) => {
    const last = (starts[index + 1] ?? vma.last + 1n) - 1n;
    const pageSize = asked.findLast((part) => part.first <= first && last <= part.last)?.pageSize ?? vma.pageSize;
    return { ...vma, first, last, pageSize };
  });
}

export function plainChanges(given: Situation, regions: Region[]): VmaChange[] {
  const names = new RegionNames(regions);
  return regionChanges(regions, names).flatMap(({ record: before, start: first, end, change, ...of }): VmaChange[] => {
    const last = end - 1n;
    if (change === "unmap") return [{ before, change: { op: "unmap", first, last } }];
    if (change === "protect") return [{ before, change: { op: "protect", first, last, rights: of.permissions } }];
    const name = names.names[of.region] ?? "";
    const pageSize = given.thp === null ? "4K" : "thp";
    const vma: PlainVma = { first, last, rights: of.permissions, anonymous: of.isAnonymous, name, pageSize };
    return piecesOf(vma, given).map((piece) => ({ before, change: { op: "map", ...piece } }));
  });
}

/** The options of a run that has these pages. */
export function configOf({ base, thp, parts }: Situation): Config {
  const huge = parts.map((part) => {
    if ("text" in part) return `${part.text}=${part.pageSize}`;
    const [start, end] = [address(base, part.range.first), address(base, part.range.last + 1)];
    return `0x${start.toString(16)}-0x${end.toString(16)}=${part.pageSize}`;
  });
  return {
    ...(huge.length === 0 ? {} : { huge: huge.join(",") }),
    ...(thp === null ? {} : { pageSize: "thp", thpAvailable: thp.available, seed: thp.seed }),
    ...(thp === null ? {} : { khugepaged: thp.khugepaged, khugepagedPages: thp.khugepagedPages }),
  };
}

/** The plain model's part of the configuration: the kernel's random numbers, in the order of its requests. */
export function plainThp(thp: Situation["thp"]): Pick<PlainOsConfig, "isHugePageAvailable" | "promotion"> {
  if (thp === null) return {};
  const next = randomNumbers(thp.seed);
  return {
    isHugePageAvailable: () => next() / 2 ** 32 < thp.available,
    promotion: { everyRecords: thp.khugepaged, fromPages: thp.khugepagedPages },
  };
}

/** The records of a situation. */
export function recordsOf({ base, records }: Situation): Access[] {
  return records.map(({ page, offset, ...of }) => ({ ...of, va: address(base, page) + BigInt(offset) }));
}

/** The counts of a run whose pages are of several sizes. */
export const mixedSizes = ({ counters, sizes }: PlainOsResult, oneMapping: boolean) => ({
  ...counters,
  memory: { ...counters.memory, ...sizes, oneMapping },
});
