/** Random tables, which may contain each other, against a plain walk over all of them. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { PageMap } from "../../src/map.ts";
import type { Amount, Mapping } from "../../src/report/mapping.ts";
import { listed, mapOf, optionsOf } from "./listing.ts";
import {
  A,
  D,
  G,
  type Machine,
  P,
  PS,
  RW,
  reservedSet,
  TestTables,
  US,
  type WalkedPage,
  walkAll,
  XD,
} from "./tables.ts";

const RUNS = 100;
const SIZES = { "4K": 4096n, "2M": 2n ** 21n, "1G": 2n ** 30n } as const;
const FIRST_TABLE = 0x1000n;

/** Often all, often neighbours, so that there is something to merge; then also any. */
const index = fc.oneof(fc.constantFrom(0, 1, 2, 3, 255, 256, 511), fc.nat(511));
const flags = fc
  .record({ rights: fc.subarray([RW, US, G, A, D]), xd: fc.boolean(), present: fc.integer({ min: 0, max: 9 }) })
  .map(({ rights, xd, present }) => rights.reduce((all, bit) => all | bit, (xd ? XD : 0n) | (present > 0 ? P : 0n)));
/** Address bits that are seldom set, of which some are reserved in some machines and at some levels. */
const oddBits = fc.oneof(
  { weight: 9, arbitrary: fc.constant(0n) },
  fc.bigInt(0n, 2n ** 52n - 1n).map((bits) => bits & ~0xfffn),
);
const pageBits = fc.tuple(flags, fc.integer({ min: 0, max: 7 }), oddBits).map(([bits, frame, odd]) => {
  return bits | (BigInt(frame) << 21n) | PS | odd;
});

interface Plan {
  tables: number;
  links: { table: number; index: number; target: number; bits: bigint }[];
  pages: { table: number; index: number; bits: bigint; repeat: number; step: number }[];
  filled: { table: number; bits: bigint } | null;
  machine: Omit<Machine, "cr3">;
}

const plan: fc.Arbitrary<Plan> = fc.integer({ min: 1, max: 7 }).chain((tables) => {
  const table = fc.nat(tables - 1);
  return fc.record({
    tables: fc.constant(tables),
    links: fc.array(fc.record({ table, index, target: table, bits: flags }), {
      minLength: tables,
      maxLength: 2 * tables,
    }),
    pages: fc.array(
      fc.record({
        table,
        index,
        bits: pageBits,
        repeat: fc.integer({ min: 1, max: 4 }),
        step: fc.integer({ min: 1, max: 2 }),
      }),
      { maxLength: tables },
    ),
    filled: fc.option(fc.record({ table, bits: pageBits }), { freq: 4 }),
    machine: fc.record({
      levels: fc.constantFrom(4, 5),
      maxPhyAddr: fc.constantFrom(36, 40, 51, 52),
      nxe: fc.boolean(),
      pages1G: fc.boolean(),
    }),
  }) as fc.Arbitrary<Plan>;
});

function build({ tables: count, links, pages, filled, machine }: Plan): { tables: TestTables; machine: Machine } {
  const tables = new TestTables();
  const address = (table: number) => FIRST_TABLE + 4096n * BigInt(table);
  for (let table = 0; table < count; table++) tables.table(address(table));
  for (const { table, index, bits, repeat, step } of pages) {
    for (let i = 0; i < repeat && index + i * step < 512; i++) tables.put(address(table), index + i * step, bits);
  }
  // The odd ones are left out: a link leads to a table that is there.
  for (const { table, index, target, bits } of links) tables.put(address(table), index, address(target) | bits);
  // One way down to where pages are small.
  for (let table = 0; table + 1 < count; table++) tables.put(address(table), 7, address(table + 1) | P | RW | US);
  if (filled !== null) tables.fill(address(filled.table), filled.bits);
  return { tables, machine: { ...machine, cr3: FIRST_TABLE } };
}

function expected({ va, pa, size, entry, ...rights }: WalkedPage): Mapping {
  const hex = (value: bigint) => `0x${value.toString(16)}`;
  const has = (bit: bigint) => (entry & bit) !== 0n;
  const marks = { global: has(G), accessed: has(A), dirty: has(D) };
  return { va: hex(va), pa: hex(pa), size: Number(size), ...rights, ...marks, entry: hex(entry) };
}

const property = (
  check: (made: { tables: TestTables; machine: Machine; pages: Mapping[]; pageMap: PageMap }) => void,
) =>
  fc.assert(
    fc.asyncProperty(plan, async (drawn) => {
      const { tables, machine } = build(drawn);
      const pageMap = await mapOf(tables, optionsOf(machine));
      check({ tables, machine, pages: walkAll(tables, machine).map(expected), pageMap });
    }),
    { numRuns: RUNS },
  );

it("the listing is that of a plain walk, in its order", () =>
  property(({ pages, pageMap }) => {
    const found = listed(pageMap);
    expect(found.length).toBe(pages.length);
    expect(JSON.stringify(found)).toBe(JSON.stringify(pages));
  }));

it("the summary is the sum of the listing", () =>
  property(({ tables, machine, pages, pageMap }) => {
    const { summary } = pageMap;
    const amount = (wanted: (page: Mapping) => boolean): Amount => {
      const chosen = pages.filter(wanted);
      return { pages: chosen.length, bytes: chosen.reduce((sum, { size }) => sum + size, 0) };
    };
    expect(summary.mapped).toEqual(amount(() => true));
    expect(summary.user).toEqual(amount(({ user }) => user));
    expect(summary.kernel).toEqual(amount(({ user }) => !user));
    expect(summary.global).toEqual(amount(({ global }) => global));
    for (const { pageSize, user, kernel } of summary.bySize) {
      const size = Number(SIZES[pageSize]);
      expect(user).toEqual(amount((page) => page.user && page.size === size));
      expect(kernel).toEqual(amount((page) => !page.user && page.size === size));
    }
    for (const [name, isUser] of [
      ["user", true],
      ["kernel", false],
    ] as const) {
      const { ranges, more, ...sums } = summary.writableExecutable[name];
      const wx = pages.filter(({ write, execute, user }) => write && execute && user === isUser);
      expect(sums).toEqual(amount((page) => wx.includes(page)));
      const joined: { va: bigint; bytes: bigint }[] = [];
      for (const page of wx) {
        const last = joined.at(-1);
        const va = BigInt(page.va);
        if (last !== undefined && last.va + last.bytes === va) last.bytes += BigInt(page.size);
        else joined.push({ va, bytes: BigInt(page.size) });
      }
      expect(more).toBe(joined.length > 8);
      expect(ranges.map(({ va, bytes }) => [BigInt(va), BigInt(bytes)])).toEqual(
        joined.slice(0, 8).map(({ va, bytes }) => [va, bytes]),
      );
    }
    const { places, tableCount, levelCounts } = plainSurvey(tables, machine);
    expect(summary.reserved.entries).toBe(places);
    expect(summary.selfReferences.entries).toBe(selfReferences(tables, machine));
    expect(summary.tables.count).toBe(tableCount);
    expect(Object.values(summary.tables.byLevel).toReversed()).toEqual(levelCounts);
  }));

it.each(["ranges", "aliases"] as const)("merged %s cover exactly the pages, and no two could be one", (merging) =>
  property(({ pages, pageMap }) => {
    let at = 0;
    let end: { va: bigint; pa: bigint; rights: string } | null = null;
    for (const run of listed(pageMap, merging)) {
      const { aliases = 1, stride = 0, size, va, pa, entry } = run;
      if (merging === "ranges") expect(aliases).toBe(1);
      expect(entry).toBe(pages[at]?.entry);
      const marks = { accessed: false, dirty: false };
      const bySize: Record<string, number> = {};
      for (let alias = 0; alias < aliases; alias++) {
        let offset = 0n;
        while (offset < BigInt(size)) {
          const page = pages[at++] as Mapping;
          const expectedVa = BigInt.asUintN(64, BigInt(va) + BigInt(alias) * BigInt(stride) + offset);
          if (
            BigInt(page.va) !== expectedVa ||
            BigInt(page.pa) !== BigInt(pa) + offset ||
            rightsOf(page) !== rightsOf(run)
          ) {
            expect.fail(`${JSON.stringify(run)} does not tell of ${JSON.stringify(page)}`);
          }
          marks.accessed ||= page.accessed;
          marks.dirty ||= page.dirty;
          const name = Object.entries(SIZES).find(([, bytes]) => bytes === BigInt(page.size))?.[0] ?? "";
          if (alias === 0) bySize[name] = (bySize[name] ?? 0) + 1;
          offset += BigInt(page.size);
        }
        if (offset !== BigInt(size)) expect.fail(`${JSON.stringify(run)} ends within a page`);
      }
      expect(run).toMatchObject({ ...marks, pages: bySize });
      const rights = rightsOf(run);
      if (end !== null && aliases === 1)
        expect([end.va, end.pa, end.rights]).not.toEqual([BigInt(va), BigInt(pa), rights]);
      end = aliases > 1 ? null : { va: BigInt(va) + BigInt(size), pa: BigInt(pa) + BigInt(size), rights };
    }
    expect(at).toBe(pages.length);
  }),
);

function rightsOf({ write, user, execute, global }: Mapping): string {
  return [write, user, execute, global].join();
}

/** Entries with reserved bits and tables, each table looked at once for each of its levels. */
function plainSurvey(tables: TestTables, machine: Machine) {
  const seen = new Set<string>();
  const frames = new Set<bigint>();
  const levelCounts = [0, 0, 0, 0, 0];
  let places = 0;
  const visit = (table: bigint, level: number) => {
    if (seen.has(`${table} ${level}`)) return;
    seen.add(`${table} ${level}`);
    frames.add(table);
    levelCounts[level - 1] = (levelCounts[level - 1] ?? 0) + 1;
    for (let index = 0; index < 512; index++) {
      const entry = tables.read(table, index);
      if ((entry & P) === 0n) continue;
      if (reservedSet(entry, level, machine) !== 0n) places++;
      else if (level > 1 && (entry & PS) === 0n) visit(entry & 0x000f_ffff_ffff_f000n, level - 1);
    }
  };
  visit(machine.cr3, machine.levels);
  return { places, tableCount: frames.size, levelCounts };
}

/** Entries that point back to a table on the first way to them. */
function selfReferences(tables: TestTables, machine: Machine): number {
  const found = new Set<bigint>();
  const seen = new Set<string>();
  const visit = (table: bigint, level: number, way: readonly bigint[]) => {
    if (seen.has(`${table} ${level}`)) return;
    seen.add(`${table} ${level}`);
    for (let index = 0; index < 512; index++) {
      const entry = tables.read(table, index);
      if ((entry & P) === 0n || reservedSet(entry, level, machine) !== 0n || (entry & PS) !== 0n) continue;
      const target = entry & 0x000f_ffff_ffff_f000n;
      if (way.includes(target)) found.add(table + BigInt(8 * index));
      if (level > 2) visit(target, level - 1, [...way, target]);
    }
  };
  visit(machine.cr3, machine.levels, [machine.cr3]);
  return found.size;
}
