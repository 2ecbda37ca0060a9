/**
 * Rows of a fault truth table: one access that was made on a processor or an emulator, with the tables it found and what
 * it did. truth/README.md tells the fields.
 */
import type { Access } from "../../src/kernel/processor.ts";
import { isCanonicalAccess, isCanonicalFor, type ModelFault, pagesOf } from "../reference/paging.ts";
import { ERROR, type Mode } from "../reference/rights.ts";
import { RowError, RowFields } from "./row-fields.ts";
import { freeFrame, placeEntries, type RowTables, tellsPagesOf } from "./truth-tables.ts";

/** What the recording machine implemented, which no row tells. */
export interface RecordedOn {
  maxPhyAddr: number;
  pages1G: boolean;
}

export interface TruthCase {
  mode: Mode;
  tables: RowTables;
  cpl: number;
  /** INVLPG takes an address and makes no access. */
  access: Access | { invlpg: bigint };
  expected: ModelFault | null;
  /** Whether `expected.cr2` is the only right one; else any page's of the access is. */
  cr2Told: boolean;
  /** The entries after an access that went through as expected; else `null`, and the SDM's rule holds. */
  after: bigint[] | null;
  /** Why the row tells nothing, else `null`. */
  leftOut: string | null;
}

type Template = Pick<Access, "kind"> & Partial<Access>;

/**
 * The accesses by name. Sizes are those that the recordings show: read-modify-writes at 0x7fffffffffff are no #GP where
 * reads of 8 are one, so they are of 1 byte, and so is the instruction fetched at offset 0xfff, whose second page never
 * faults.
 */
const ACCESSES: Record<string, Template> = {
  read1: { kind: "read", size: 1 },
  read8: { kind: "read", size: 8 },
  read16: { kind: "read", size: 16 },
  write1: { kind: "write", size: 1 },
  write8: { kind: "write", size: 8 },
  fetch: { kind: "fetch", size: 1 },
  rmw: { kind: "modify", size: 1 },
  "lock rmw": { kind: "modify", size: 1 },
  "cmpxchg no match": { kind: "modify", size: 1 },
  push: { kind: "write", size: 8, stack: true },
  pop: { kind: "read", size: 8, stack: true },
  prefetch: { kind: "read", size: 1, hint: true },
  "implicit supervisor read (LDT)": { kind: "read", size: 8, implicit: true },
};

const FLAGS = { WP: "wp", SMEP: "smep", SMAP: "smap", AC: "ac", NXE: "nxe", PKE: "pke", PKS: "pks" } as const;

/** The one key that `pkru_ad_wd` and `pkrs_ad_wd` restrict. */
const RESTRICTED_KEY = 5;

const VECTORS = [12, 13, 14];
/** In `vector` of the array files. */
const WENT_THROUGH = 128;

const HALF_CANONICAL =
  "non-canonical in its second page only, and a #PF in the first was seen: implementations disagree";
const UNRECORDED_TABLES = "address 0, whose tables were the recorder's own and are not in the row";
const UNTOLD_ERROR = "a #PF whose error code is not in the row";
const UNTOLD_PAGE = "a page of the access whose entries are not in the row";
const CONTRADICTORY = "entries that would lie in one word and differ: there are no such tables";

/** Throws a RowError for what is no row. */
export function parseRow(row: unknown, { maxPhyAddr, pages1G }: RecordedOn): TruthCase {
  const fields = new RowFields(row);
  const entries = fields.bigints("entries");
  const levels = fields.has("levels") ? fields.integer("levels", 4, 5) : entries.length;
  if ((levels !== 4 && levels !== 5) || entries.length !== levels)
    throw new RowError(`entries: got ${entries.length}; expected ${fields.has("levels") ? levels : "4 or 5"}`);
  const restriction = (name: string) => (fields.has(name) ? fields.integer(name, 0, 3) << (2 * RESTRICTED_KEY) : 0);
  const mode: Mode = {
    levels,
    maxPhyAddr,
    pages1G,
    cr3: freeFrame(entries),
    wp: false,
    smep: false,
    smap: false,
    ac: false,
    nxe: false,
    pke: false,
    pks: false,
    pkru: restriction("pkru_ad_wd"),
    pkrs: restriction("pkrs_ad_wd"),
    pge: false,
    pcide: false,
  };
  for (const flag of fields.strings("cfg")) {
    if (!Object.hasOwn(FLAGS, flag)) throw new RowError(`cfg: got ${flag}; expected ${Object.keys(FLAGS).join(", ")}`);
    mode[FLAGS[flag as keyof typeof FLAGS]] = true;
  }

  const name = fields.string("access");
  const va = fields.bigint("va");
  const cpl = fields.integer("cpl", 0, 3);
  const access = accessOf(name, va, cpl);
  const first = "invlpg" in access ? va : access.va;
  const nextPte = fields.tells("second_pte") ? fields.bigint("second_pte") : null;
  const seen = faultOf(fields, "vector", "error", first);
  const expected = expectedOf(fields, seen, name, mode, first);
  const after = fields.bigints(fields.has("after") ? "after" : "entries_after");
  if (after.length !== levels) throw new RowError(`entries after: got ${after.length}; expected ${levels}`);
  const tables = placeEntries(mode, va, entries, nextPte);
  const cr2Told = tellsCr2(fields) || "invlpg" in access || pagesOf(access).length === 1;

  const whyLeftOut = (): string | null => {
    if ("invlpg" in access || access.hint) return null;
    if (!tellsError(fields)) return UNTOLD_ERROR;
    if (isUncorrected(fields)) {
      if (access.va === 0n && entries.every((entry) => entry === 0n)) return UNRECORDED_TABLES;
      const half = isCanonicalFor(levels, access.va) && !isCanonicalAccess(levels, access);
      if (half && seen?.vector === 14 && seen.cr2 === access.va) return HALF_CANONICAL;
    }
    if (!isCanonicalAccess(levels, access)) return null;
    if (tables.contradictory) return CONTRADICTORY;
    const faultAt = cr2Told ? (expected?.cr2 ?? null) : null;
    return tellsPagesOf(access, mode, va, entries, nextPte, faultAt) ? null : UNTOLD_PAGE;
  };
  const isHint = "invlpg" in access || access.hint === true;
  return {
    mode,
    tables,
    cpl,
    access,
    expected,
    cr2Told,
    after: expected === null && seen === null && !isHint ? after : null,
    leftOut: whyLeftOut(),
  };
}

function accessOf(name: string, va: bigint, cpl: number): TruthCase["access"] {
  if (name === "invlpg") return { invlpg: va };
  if (!Object.hasOwn(ACCESSES, name))
    throw new RowError(`access: got ${name}; expected ${[...Object.keys(ACCESSES), "invlpg"].join(", ")}`);
  const template = ACCESSES[name] as Template;
  // A push writes below the address that the stack pointer, and the row, holds.
  const first = name === "push" ? BigInt.asUintN(64, va - 8n) : va;
  return { ...template, va: first, privilege: cpl === 3 ? "user" : "supervisor" };
}

function faultOf(fields: RowFields, vectorField: string, errorField: string, first: bigint): ModelFault | null {
  const vector = fields.nullable(vectorField, 0, 255);
  if (vector === null || vector === WENT_THROUGH) return null;
  if (!VECTORS.includes(vector)) throw new RowError(`${vectorField}: got ${vector}; expected 12, 13, 14, 128 or null`);
  const errorCode = fields.tells(errorField) ? Number(fields.bigint(errorField)) : 0;
  if (vector !== 14) return { vector: vector as 12 | 13, errorCode, cr2: null };
  return { vector, errorCode, cr2: tellsCr2(fields) ? fields.bigint("cr2") : first };
}

/** Whether the row has the CR2 of a #PF: there is none where one is expected and was not seen. */
function tellsCr2(fields: RowFields): boolean {
  return fields.tells("cr2") && fields.nullable("vector", 0, 255) === 14;
}

/** Whether the error code is there, if there must be one: that of #GP and #SS is 0. */
function tellsError(fields: RowFields): boolean {
  const [vector, error] = fields.has("sdm_vector") ? ["sdm_vector", "sdm_error"] : ["vector", "error"];
  return fields.nullable(vector, 0, 255) !== 14 || fields.tells(error);
}

/** What was seen, or what is right where the row or the recorder's known deviations say that this is not. */
function expectedOf(
  fields: RowFields,
  seen: ModelFault | null,
  access: string,
  mode: Mode,
  first: bigint,
): ModelFault | null {
  if (fields.has("sdm_vector")) return faultOf(fields, "sdm_vector", "sdm_error", first);
  return seen !== null && isUncorrected(fields) ? corrected(seen, access, mode) : seen;
}

/** Groups 6 (non-canonical) and 7 (straddling), and the array files, which hold only these, never say what is right. */
function isUncorrected(fields: RowFields): boolean {
  return !fields.has("sdm_vector") && (!fields.has("group") || fields.integer("group", 1, 7) >= 6);
}

/**
 * The fault as the SDM has it. What is already right is left as it is:
 * a reserved bit is set in a present entry, so P is 1; a read-modify-write is a write from its start; a non-canonical
 * address through the stack segment is #SS(0); I/D is 0 unless CR4.SMEP or IA32_EFER.NXE is 1.
 */
function corrected(seen: ModelFault, access: string, mode: Mode): ModelFault {
  if (seen.vector !== 14) return ACCESSES[access]?.stack ? { ...seen, vector: 12 } : seen;
  let { errorCode } = seen;
  if ((errorCode & ERROR.RSVD) !== 0) errorCode |= ERROR.P;
  if (ACCESSES[access]?.kind === "modify") errorCode |= ERROR.W;
  if (!mode.nxe && !mode.smep) errorCode &= ~ERROR.ID;
  return { ...seen, errorCode };
}
