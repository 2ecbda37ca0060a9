/** The plain model of translation and of stale translations, against what the SDM says. Nothing here runs the kernel. */
import { describe, expect, it } from "vitest";
import type { Access } from "../../src/kernel/processor.ts";
import { A, ALL, D, G, KEY_SHIFT, P, PAT_4K, PAT_LARGE, PS, RW, US, XD } from "./entry-bits.ts";
import { entryAddress, type Memory, translate } from "./paging.ts";
import type { Mode } from "./rights.ts";
import { TranslationHistory } from "./stale.ts";

const MODE: Mode = {
  levels: 4,
  maxPhyAddr: 40,
  pages1G: true,
  cr3: 0x1000n,
  wp: true,
  smep: false,
  smap: false,
  ac: false,
  nxe: true,
  pke: false,
  pks: false,
  pkru: 0,
  pkrs: 0,
  pge: false,
  pcide: false,
};

/** Indices 1, 2, 3, 4 and, with 5 levels, 5 in the PML5. */
const VA = (1n << 39n) | (2n << 30n) | (3n << 21n) | (4n << 12n) | 0xabcn;
const VA_57 = (5n << 48n) | VA;

/** The word of `level` for VA: tables lie at 0x1000 in the order of levels, the top one first. */
const wordOf = (level: number, levels = 4) => entryAddress(BigInt(levels - level + 1) << 12n, level, VA_57);

/** Tables that map VA, with entries from the top, each without its address; the last one is a leaf to `page`. */
function tables(flags: bigint[], page = 0x12345n << 12n, levels = 4): Memory {
  const memory: Memory = new Map();
  flags.forEach((entry, depth) => {
    const isLast = depth === flags.length - 1;
    memory.set(wordOf(levels - depth, levels), entry | (isLast ? page : BigInt(depth + 2) << 12n));
  });
  return memory;
}

const READ: Access = { va: VA, kind: "read", privilege: "user" };
const WRITE_ACCESS: Access = { ...READ, kind: "write" };
const FETCH: Access = { ...READ, kind: "fetch" };
const supervisor = (access: Access): Access => ({ ...access, privilege: "supervisor" });

const faultOf = (memory: Memory, access = READ, mode: Partial<Mode> = {}) =>
  translate({ ...MODE, ...mode }, memory, access).fault;
const errorOf = (...args: Parameters<typeof faultOf>) => faultOf(...args)?.errorCode ?? null;

describe("translate()", () => {
  it("finds pages of every size at every number of levels", () => {
    const physical = (memory: Memory, mode: Mode = MODE, va = VA) =>
      translate(mode, memory, { ...READ, va }).physicalAddresses;
    expect(physical(tables([ALL, ALL, ALL, ALL]))).toEqual([0x12345abcn]);
    expect(physical(tables([ALL, ALL, ALL | PS], 6n << 21n))).toEqual([(6n << 21n) | 0x4abcn]);
    expect(physical(tables([ALL, ALL | PS], 6n << 30n))).toEqual([(6n << 30n) | 0x604abcn]);
    const five = tables([ALL, ALL, ALL, ALL, ALL], 0x7000n, 5);
    expect(physical(five, { ...MODE, levels: 5 }, VA_57)).toEqual([0x7abcn]);
  });

  it("sets A in every entry used, and D in the leaf of a write only", () => {
    const memory = tables([ALL, ALL, ALL, ALL]);
    const changed = (access: Access) =>
      [4, 3, 2, 1].map((level) => {
        const address = wordOf(level);
        return (translate(MODE, memory, access).after.get(address) ?? 0n) ^ (memory.get(address) ?? 0n);
      });
    expect(changed(READ)).toEqual([A, A, A, A]);
    expect(changed({ ...READ, kind: "modify" })).toEqual([A, A, A, A | D]);
    expect(translate(MODE, memory, { ...READ, hint: true }).after.size).toBe(0);
  });

  it("reports the first level that is not present, whatever other bits say", () => {
    expect(faultOf(tables([ALL, ALL, XD | (1n << 51n), ALL]))).toEqual({ vector: 14, errorCode: 4, cr2: VA });
    expect(errorOf(tables([P, ALL, 0n, ALL]), WRITE_ACCESS)).toBe(6);
  });

  it("judges rights only when the walk is complete", () => {
    expect(errorOf(tables([P, ALL, ALL, ALL | (1n << 45n)]), WRITE_ACCESS)).toBe(0xf);
  });

  it.each<[string, bigint[], Partial<Mode>, number | null]>([
    ["bit MAXPHYADDR", [ALL, ALL | (1n << 40n), ALL, ALL], {}, 0xd],
    ["bit MAXPHYADDR - 1", [ALL, ALL, ALL, ALL | (1n << 39n)], {}, null],
    ["bit 51 with a MAXPHYADDR of 52", [ALL, ALL, ALL, ALL | (1n << 51n)], { maxPhyAddr: 52 }, null],
    ["bit 52, which is ignored", [ALL, ALL, ALL, ALL | (1n << 52n)], {}, null],
    ["XD without NXE", [ALL | XD, ALL, ALL, ALL], { nxe: false }, 0xd],
    ["PS in a PML4E", [ALL | PS, ALL, ALL, ALL], {}, 0xd],
    ["PS in a PDPTE without 1 GiB pages", [ALL, ALL | PS], { pages1G: false }, 0xd],
    ["bit 13 of a 2 MiB page", [ALL, ALL, ALL | PS | (1n << 13n)], {}, 0xd],
    ["bit 12 of a 2 MiB page, which is PAT", [ALL, ALL, ALL | PS | PAT_LARGE], {}, null],
    ["bit 29 of a 1 GiB page", [ALL, ALL | PS | (1n << 29n)], {}, 0xd],
    ["PAT in a PTE", [ALL, ALL, ALL, ALL | PAT_4K], {}, null],
  ])("knows what is reserved: %s", (_, flags, mode, expected) => {
    expect(errorOf(tables(flags, 1n << 30n), READ, mode)).toBe(expected);
  });

  it("combines R/W and U/S by AND, XD by OR", () => {
    const readOnly = tables([ALL, ALL, P | US, ALL]);
    const kernel = tables([P | RW, ALL, ALL, ALL]);
    expect(errorOf(readOnly, WRITE_ACCESS)).toBe(7);
    expect(errorOf(readOnly, READ)).toBeNull();
    expect(errorOf(kernel, READ)).toBe(5);
    expect(errorOf(tables([ALL, ALL | XD, ALL, ALL]), FETCH)).toBe(0x15);
  });

  it("lets supervisor writes through read-only entries unless CR0.WP is set", () => {
    const readOnly = tables([ALL, ALL, ALL, P | US]);
    expect(errorOf(readOnly, supervisor(WRITE_ACCESS))).toBe(3);
    expect(errorOf(readOnly, supervisor(WRITE_ACCESS), { wp: false })).toBeNull();
    expect(errorOf(readOnly, WRITE_ACCESS, { wp: false })).toBe(7);
  });

  it("keeps the supervisor from user pages with SMEP and SMAP", () => {
    const user = tables([ALL, ALL, ALL, ALL]);
    expect(errorOf(user, supervisor(FETCH), { smep: true })).toBe(0x11);
    expect(errorOf(user, supervisor(READ), { smap: true })).toBe(1);
    expect(errorOf(user, supervisor(READ), { smap: true, ac: true })).toBeNull();
    expect(errorOf(user, { ...READ, implicit: true }, { smap: true, ac: true })).toBe(1);
    expect(errorOf(user, FETCH, { smep: true })).toBeNull();
  });

  it("sets I/D only with NXE or SMEP", () => {
    const none: Memory = new Map();
    expect(errorOf(none, FETCH, { nxe: false })).toBe(4);
    expect(errorOf(none, FETCH, { nxe: false, smep: true })).toBe(0x14);
    expect(errorOf(none, FETCH)).toBe(0x14);
  });

  it("judges protection keys by the page, and tells of them beside other reasons", () => {
    const key = 3n << KEY_SHIFT;
    const user = tables([ALL, ALL, ALL, ALL | key]);
    const kernel = tables([ALL, ALL, ALL, P | RW | key]);
    const accessDisable = { pke: true, pkru: 1 << 6 };
    const writeDisable = { pke: true, pkru: 2 << 6 };
    expect(errorOf(user, READ, accessDisable)).toBe(0x25);
    expect(errorOf(user, FETCH, accessDisable)).toBeNull();
    expect(errorOf(user, READ, writeDisable)).toBeNull();
    expect(errorOf(user, WRITE_ACCESS, { ...writeDisable, wp: false })).toBe(0x27);
    expect(errorOf(user, supervisor(WRITE_ACCESS), { ...writeDisable, wp: false })).toBeNull();
    expect(errorOf(user, supervisor(WRITE_ACCESS), writeDisable)).toBe(0x23);
    expect(errorOf(kernel, READ, accessDisable)).toBe(5);
    expect(errorOf(kernel, READ, { pks: true, pkrs: 1 << 6 })).toBe(0x25);
    expect(errorOf(kernel, supervisor(WRITE_ACCESS), { pks: true, pkrs: 2 << 6, wp: false })).toBeNull();
  });

  it("raises #GP, or #SS through the stack, for any non-canonical byte, before any table", () => {
    const edge = { ...READ, va: (1n << 47n) - 4n, size: 8 };
    expect(faultOf(new Map(), edge)).toEqual({ vector: 13, errorCode: 0, cr2: null });
    expect(faultOf(new Map(), { ...edge, stack: true })?.vector).toBe(12);
    expect(faultOf(new Map(), { ...edge, size: 4 })?.vector).toBe(14);
    expect(faultOf(new Map(), edge, { levels: 5 })?.vector).toBe(14);
    expect(faultOf(new Map(), { ...edge, va: 1n << 56n }, { levels: 5 })?.vector).toBe(13);
    expect(faultOf(new Map(), { ...edge, hint: true })).toBeNull();
  });

  it("gives CR2 the first byte, or the start of the second page when that fails", () => {
    const straddling = { ...READ, va: VA | 0xfffn, size: 2 };
    const memory = tables([ALL, ALL, ALL, ALL]);
    expect(faultOf(memory, straddling)?.cr2).toBe((VA & ~0xfffn) + 0x1000n);
    expect(faultOf(new Map(), straddling)?.cr2).toBe(VA | 0xfffn);
    memory.set(wordOf(1) + 8n, 0x9000n | ALL);
    expect(translate(MODE, memory, straddling).physicalAddresses).toEqual([0x12345fffn, 0x9000n]);
  });

  it("goes on at page 0 beyond the last byte", () => {
    expect(faultOf(new Map(), { ...READ, va: (1n << 64n) - 1n, size: 2 })?.cr2).toBe((1n << 64n) - 1n);
  });
});

describe("TranslationHistory", () => {
  const OLD = 0x12345abcn;
  const NEW = 0x54321abcn;
  const pte = wordOf(1);

  /** A page that was mapped at OLD, then at NEW, with nothing invalidated. */
  function remapped(mode: Partial<Mode> = {}, leaf = ALL | A | D): TranslationHistory {
    const all = ALL | A;
    const history = new TranslationHistory({ ...MODE, ...mode }, tables([all, all, all, leaf]));
    history.write(pte, (NEW & ~0xfffn) | leaf);
    return history;
  }
  const gives = (history: TranslationHistory, address: bigint, access = READ) =>
    history.allows(access, null, [address]);
  const NOT_PRESENT = { vector: 14 as const, errorCode: 4, cr2: VA };

  it("allows what was and what is, and nothing else", () => {
    expect(gives(remapped(), OLD)).toBe(true);
    expect(gives(remapped(), NEW)).toBe(true);
    expect(gives(remapped(), NEW + 1n)).toBe(false);
    expect(remapped().allows(READ, NOT_PRESENT, [])).toBe(false);
  });

  it.each<[string, (history: TranslationHistory) => void, boolean]>([
    ["INVLPG of the page", (history) => history.invlpg(VA & ~0xfffn), false],
    ["INVLPG of another page", (history) => history.invlpg(VA + 0x1000n), true],
    ["INVPCID of its PCID", (history) => history.invpcid(1, 0n, 0n), false],
    ["INVPCID of another PCID", (history) => history.invpcid(1, 1n, 0n), true],
    ["INVPCID of the page in another PCID", (history) => history.invpcid(0, 1n, VA), true],
    ["a page fault there", (history) => history.pageFault(VA), false],
    ["MOV to CR3", (history) => history.loadCr3(0x1000n), false],
    ["MOV to CR4 that changes PGE", (history) => history.loadCr4({ ...history.mode, pge: !history.mode.pge }), false],
    ["MOV to CR4 that sets SMEP", (history) => history.loadCr4({ ...history.mode, smep: true }), false],
    ["MOV to CR4 that sets SMAP", (history) => history.loadCr4({ ...history.mode, smap: true }), true],
  ])("knows whether %s forgets what was", (_, act, remains) => {
    const history = remapped();
    act(history);
    expect(gives(history, OLD)).toBe(remains);
    expect(gives(history, NEW)).toBe(true);
  });

  it("keeps global pages over MOV to CR3, if CR4.PGE is set", () => {
    for (const pge of [true, false]) {
      const history = remapped({ pge }, ALL | A | G);
      history.loadCr3(0x1000n);
      history.invpcid(3, 0n, 0n);
      expect(gives(history, OLD)).toBe(pge);
      history.invpcid(2, 0n, 0n);
      expect(gives(history, OLD)).toBe(false);
    }
  });

  it("keeps what another PCID had, and a PCID's own with bit 63", () => {
    const history = remapped({ pcide: true });
    history.loadCr3(0x1001n);
    expect(gives(history, OLD)).toBe(false);
    history.loadCr3(0x1000n | (1n << 63n));
    expect(gives(history, OLD)).toBe(true);
    history.loadCr3(0x1000n);
    expect(gives(history, OLD)).toBe(false);
  });

  it("knows that neither entries that are not present nor those with A clear are cached", () => {
    const all = ALL | A;
    const history = new TranslationHistory(MODE, tables([all, all, all, 0n]));
    expect(history.allows(READ, NOT_PRESENT, [])).toBe(true);
    history.write(pte, (OLD & ~0xfffn) | ALL);
    expect(history.allows(READ, NOT_PRESENT, [])).toBe(false);
    history.write(pte, (NEW & ~0xfffn) | ALL | A);
    expect(gives(history, OLD)).toBe(false);
    expect(gives(history, NEW)).toBe(true);
  });

  it("demands that a store's leaf had D set", () => {
    const history = remapped({}, ALL | A);
    expect(gives(history, OLD, WRITE_ACCESS)).toBe(false);
    history.write(pte, (NEW & ~0xfffn) | ALL | A | D);
    expect(gives(history, OLD, WRITE_ACCESS)).toBe(false);
    expect(gives(history, NEW, WRITE_ACCESS)).toBe(true);
  });

  it("judges stale entries by the registers as they are", () => {
    const history = new TranslationHistory({ ...MODE, wp: false }, tables(Array(4).fill(P | US | A)));
    const store = supervisor(WRITE_ACCESS);
    const readOnly = { vector: 14 as const, errorCode: 3, cr2: VA };
    expect(history.allows(store, readOnly, [])).toBe(false);
    history.mode = { ...history.mode, wp: true };
    expect(history.allows(store, readOnly, [])).toBe(true);
  });
});
