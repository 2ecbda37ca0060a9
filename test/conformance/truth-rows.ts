/**
 * Rows of a fault truth table: one access that was made on a processor or an emulator, with the tables it found and what
 * it did. truth/README.md tells the fields.
 */
import type { Access } from "../../src/kernel/processor.ts";
import {
  ADDRESS_BITS,
  entryAddress,
  isCanonicalAccess,
  isCanonicalFor,
  type Memory,
  type ModelFault,
} from "../reference/paging.ts";
import { ERROR, type Mode } from "../reference/rights.ts";

/** A row that is no row. `message` says what is wrong with it, not where it is. */
export class RowError extends Error {}

/** What the recording machine implemented, which no row tells. */
export interface RecordedOn {
  maxPhyAddr: number;
  pages1G: boolean;
}

export interface TruthCase {
  mode: Mode;
  memory: Memory;
  /** Addresses of the row's entries, the top level first. */
  entryAddresses: bigint[];
  /** INVLPG takes an address and makes no access. */
  access: Access | { invlpg: bigint };
  expected: ModelFault | null;
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

/** Throws a RowError for what is no row. */
export function parseRow(row: unknown, { maxPhyAddr, pages1G }: RecordedOn): TruthCase {
  if (typeof row !== "object" || row === null || Array.isArray(row)) throw new RowError("expected an object");
  const fields = new Fields(row as Record<string, unknown>);

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
  const access = accessOf(name, va, fields.integer("cpl", 0, 3));
  const { memory, entryAddresses } = place(mode, va, entries, fields);
  const seen = faultOf(fields, "vector", "error", va);
  const expected = expectedOf(fields, seen, name, mode, va);
  const after = fields.bigints(fields.has("after") ? "after" : "entries_after");
  if (after.length !== levels) throw new RowError(`entries after: got ${after.length}; expected ${levels}`);
  const isHint = "invlpg" in access || access.hint === true;
  return {
    mode,
    memory,
    entryAddresses,
    access,
    expected,
    after: expected === null && seen === null && !isHint ? after : null,
    leftOut: isHint ? null : whyLeftOut(mode, access, entries, seen, fields),
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

/** A frame for the top table that no entry names: else a table could be its own. */
function freeFrame(entries: bigint[]): bigint {
  const named = new Set(entries.map((entry) => entry & ADDRESS_BITS));
  for (let frame = 0x1000n; ; frame += 0x1000n) if (!named.has(frame)) return frame;
}

/** Lays the entries where a walk looks for them: each in the table that the one above names, whatever it forbids. */
function place(mode: Mode, va: bigint, entries: bigint[], fields: Fields) {
  const memory: Memory = new Map();
  const entryAddresses: bigint[] = [];
  let table = mode.cr3;
  for (const [depth, entry] of entries.entries()) {
    const address = entryAddress(table, mode.levels - depth, va);
    entryAddresses.push(address);
    // The zeros below a leaf are no entries.
    if (entry !== 0n || !memory.has(address)) memory.set(address, entry);
    table = entry;
  }
  if (fields.has("second_pte")) {
    const last = entryAddresses.at(-1) as bigint;
    if ((last & 0xfffn) === 0xff8n) throw new RowError("second_pte: the next page's PTE lies in another table");
    memory.set(last + 8n, fields.bigint("second_pte"));
  }
  return { memory, entryAddresses };
}

function faultOf(fields: Fields, vectorField: string, errorField: string, va: bigint): ModelFault | null {
  const vector = fields.nullable(vectorField, 0, 255);
  if (vector === null || vector === WENT_THROUGH) return null;
  if (!VECTORS.includes(vector)) throw new RowError(`${vectorField}: got ${vector}; expected 12, 13, 14, 128 or null`);
  const errorCode = Number(fields.bigint(errorField));
  if (vector !== 14) return { vector: vector as 12 | 13, errorCode, cr2: null };
  // Where a fault is expected but none was seen, there is no CR2. Those accesses do not straddle.
  const cr2 = fields.raw("cr2") === null || fields.raw("vector") !== 14 ? va : fields.bigint("cr2");
  return { vector, errorCode, cr2 };
}

/** What was seen, or what is right where the row or the recorder's known deviations say that this is not. */
function expectedOf(
  fields: Fields,
  seen: ModelFault | null,
  access: string,
  mode: Mode,
  va: bigint,
): ModelFault | null {
  if (fields.has("sdm_vector")) return faultOf(fields, "sdm_vector", "sdm_error", va);
  return seen !== null && isUncorrected(fields) ? corrected(seen, access, mode) : seen;
}

/** Groups 6 (non-canonical) and 7 (straddling), and the array files, which hold only these, never say what is right. */
function isUncorrected(fields: Fields): boolean {
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

function whyLeftOut(
  mode: Mode,
  access: TruthCase["access"],
  entries: bigint[],
  seen: ModelFault | null,
  fields: Fields,
): string | null {
  if ("invlpg" in access || !isUncorrected(fields)) return null;
  if (access.va === 0n && entries.every((entry) => entry === 0n)) return UNRECORDED_TABLES;
  const half = isCanonicalFor(mode.levels, access.va) && !isCanonicalAccess(mode.levels, access);
  return half && seen?.vector === 14 && seen.cr2 === access.va ? HALF_CANONICAL : null;
}

/** Fields of a row by their type. */
class Fields {
  readonly #row: Record<string, unknown>;
  constructor(row: Record<string, unknown>) {
    this.#row = row;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#row, name);
  }

  raw(name: string): unknown {
    if (!this.has(name)) throw new RowError(`${name}: missing`);
    return this.#row[name];
  }

  integer(name: string, min: number, max: number): number {
    const value = this.raw(name);
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new RowError(`${name}: got ${JSON.stringify(value)}; expected ${min}..${max}`);
  }

  nullable(name: string, min: number, max: number): number | null {
    return this.raw(name) === null ? null : this.integer(name, min, max);
  }

  string(name: string): string {
    const value = this.raw(name);
    if (typeof value === "string") return value;
    throw new RowError(`${name}: got ${JSON.stringify(value)}; expected text`);
  }

  strings(name: string): string[] {
    const value = this.raw(name);
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    throw new RowError(`${name}: got ${JSON.stringify(value)}; expected an array of texts`);
  }

  bigint(name: string): bigint {
    return toBigint(name, this.raw(name));
  }

  bigints(name: string): bigint[] {
    const value = this.raw(name);
    if (!Array.isArray(value)) throw new RowError(`${name}: got ${JSON.stringify(value)}; expected an array`);
    return value.map((item) => toBigint(name, item));
  }
}

function toBigint(name: string, value: unknown): bigint {
  if (typeof value === "string" && /^0x[0-9a-f]{1,16}$/i.test(value)) return BigInt(value);
  throw new RowError(`${name}: got ${JSON.stringify(value)}; expected 0x and up to 16 hexadecimal digits`);
}
