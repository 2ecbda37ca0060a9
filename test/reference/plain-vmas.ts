/**
 * The VMAs of the processes of a trace, and what they make of each record: which pages it references, or why it may not.
 * Nothing of it depends on frames or TLBs.
 */
import type { PlainEntry } from "../helpers/entries-of.ts";
import { type Access, isCanonical, type PageSize, touchedPages } from "./access.ts";

export interface PlainVma {
  /** Of the first and of the last byte, which begin and end pages. */
  first: bigint;
  last: bigint;
  /** Any of `r`, `w` and `x`. */
  rights: string;
  anonymous: boolean;
  name: string;
  /** Of the pages that a first touch makes, where they fit; `thp`: 2 MiB in anonymous memory if one can be had. */
  pageSize: PageSize | "thp";
}

export interface VmaChange {
  /** The number of the record, from 0, just before which it happens. */
  before: number;
  /** @default every process */
  pid?: bigint;
  /** A map replaces what is there, with its pages. Those of a protect that have these rights already stay as they are. */
  change:
    | ({ op: "map" } & PlainVma)
    | { op: "unmap"; first: bigint; last: bigint }
    | { op: "protect"; first: bigint; last: bigint; rights: string };
}

/** A SIGSEGV or #GP: such a record makes no reference. */
export interface DeniedAccess {
  /** Of the first byte in the page that may not be accessed; after a #GP of the first byte. */
  address: bigint;
  code: "SEGV_MAPERR" | "SEGV_ACCERR" | "SI_KERNEL";
}

export interface JudgedRecord {
  op: "record";
  record: Access;
  /** Its number, from 0. */
  number: number;
  pid: bigint;
  /** Of its instruction; `null` if the trace has told of none so far. */
  pc: bigint | null;
  denied: DeniedAccess | null;
  /** All of the process, then. */
  vmas: readonly PlainVma[];
  /** Pages in their order, none if it is denied. */
  references: { vpn: number; vma: PlainVma }[];
}

/** What one call does to pages of a process. `free`: their memory is gone; `protect`: their rights are others now. */
export interface RangeStep {
  op: "free" | "protect";
  pid: bigint;
  /** Of VPNs, both included. */
  ranges: { firstVpn: number; lastVpn: number }[];
}

export type OsStep = JudgedRecord | RangeStep | { op: "switch"; pid: bigint };

/** The process before the trace tells of any. */
const FIRST_PID = 0n;

const LAST_ADDRESS = (1n << 64n) - 1n;

/** Memory of one VMA over everything, with all rights: what a trace without any has. */
export function everywhere(pageSize: PlainVma["pageSize"]): PlainVma {
  return { first: 0n, last: LAST_ADDRESS, rights: "rwx", anonymous: true, name: "", pageSize };
}

/**
 * Goes through `entries`, and gives each step when it is asked for. Every process begins with `vmas`. Memory that the
 * trace itself says is unmapped is freed, but its VMAs stay: who knows more gives it in `changes`, ascending.
 *
 * VMAs that become neighbours stay apart, since they may have different names: see jointRange().
 */
export function* stepsThrough(
  entries: Iterable<PlainEntry>,
  vmas: readonly PlainVma[],
  changes: readonly VmaChange[] = [],
): Generator<OsStep> {
  const processes = new Map<bigint, PlainVma[]>();
  const vmasOf = (pid: bigint) => processes.get(pid) ?? [...vmas];
  const past: VmaChange[] = [];
  let pid = FIRST_PID;
  let pc: bigint | null = null;
  let number = 0;

  /** A process may come up when something has changed for every one. */
  const start = () => {
    if (processes.has(pid)) return;
    let own = vmasOf(pid);
    for (const { pid: of, change } of past) if (of === undefined || of === pid) own = changed(own, change).vmas;
    processes.set(pid, own);
  };
  start();

  for (const entry of entries) {
    switch (entry.kind) {
      case "thread":
        if (entry.pid !== pid) {
          pid = entry.pid;
          start();
          yield { op: "switch", pid };
        }
        break;
      case "instruction":
        pc = entry.va;
        break;
      case "protected":
        break; // as of VMAs: who wants it obeyed gives it in `changes`
      case "unmapped":
        yield { op: "free", pid, ranges: [vpnsOf(entry)] };
        break;
      default: {
        for (const next of changes.slice(past.length)) {
          if (next.before > number) break;
          past.push(next);
          for (const [of, before] of processes) {
            if (next.pid !== undefined && next.pid !== of) continue;
            const { vmas: after, touched } = changed(before, next.change);
            processes.set(of, after);
            const op = next.change.op === "protect" ? "protect" : "free";
            if (touched.length > 0) yield { op, pid: of, ranges: touched.map(vpnsOf) };
          }
        }
        const { kind, va, size } = entry;
        if (kind === "fetch") pc = va;
        const record = { kind, va, size };
        const now = vmasOf(pid);
        yield { op: "record", record, number, pid, pc: entry.pc ?? pc, vmas: now, ...judge(record, now) };
        number++;
      }
    }
  }
}

/**
 * Returns what `vma` and neighbours that go on where another ends are together: what large pages may lie in. Linux would have
 * made one VMA of those that are anonymous and alike; parts of a file are taken for parts that follow one another.
 */
export function jointRange(vma: PlainVma, vmas: readonly PlainVma[]): Range {
  const isAlike = (other: PlainVma) =>
    sameRights(other.rights, vma.rights) &&
    other.anonymous === vma.anonymous &&
    other.pageSize === vma.pageSize &&
    (vma.anonymous || other.name === vma.name);
  const alike = vmas.filter(isAlike);
  let { first, last } = vma;
  for (let more: PlainVma | undefined = vma; more !== undefined; ) {
    more = alike.find((other) => other.last + 1n === first || other.first === last + 1n);
    if (more === undefined) break;
    first = min(first, more.first);
    last = max(last, more.last);
  }
  return { first, last };
}

/** The pages of `record` in their order, up to one that it may not access. */
function judge(record: Access, vmas: readonly PlainVma[]): Pick<JudgedRecord, "denied" | "references"> {
  const vpns = touchedPages(record.va, record.size);
  if (vpns === null) return { denied: { address: record.va, code: "SI_KERNEL" }, references: [] };
  const references: JudgedRecord["references"] = [];
  for (const [index, vpn] of vpns.entries()) {
    const address = index === 0 ? record.va : BigInt(vpn) << 12n;
    const vma = vmas.find(({ first, last }) => first <= address && address <= last);
    if (vma === undefined) return { denied: { address, code: "SEGV_MAPERR" }, references: [] };
    if (!permits(vma.rights, record.kind)) return { denied: { address, code: "SEGV_ACCERR" }, references: [] };
    references.push({ vpn, vma });
  }
  return { denied: null, references };
}

/** Linux on x86: a page that may be written or executed may be read. */
function permits(rights: string, kind: Access["kind"]): boolean {
  if (kind === "fetch") return rights.includes("x");
  if (kind === "load") return /[rwx]/.test(rights);
  return rights.includes("w");
}

export interface Range {
  first: bigint;
  last: bigint;
}

/** Returns the VMAs after `change`, and what ranges of memory it has taken away or given other rights. */
function changed(vmas: readonly PlainVma[], change: VmaChange["change"]): { vmas: PlainVma[]; touched: Range[] } {
  const { first, last } = change;
  if (first & 0xfffn || (last & 0xfffn) !== 0xfffn || first > last || !isCanonical(first) || !isCanonical(last)) {
    throw new RangeError(`no range of pages: 0x${first.toString(16)} to 0x${last.toString(16)}`);
  }
  const after: PlainVma[] = [];
  const touched: Range[] = [];
  for (const vma of vmas) {
    const inside = { first: max(vma.first, first), last: min(vma.last, last) };
    const staysWhole = change.op === "protect" && sameRights(vma.rights, change.rights);
    if (inside.first > inside.last || staysWhole) {
      after.push(vma);
      continue;
    }
    touched.push(inside);
    if (vma.first < inside.first) after.push({ ...vma, last: inside.first - 1n });
    if (change.op === "protect") after.push({ ...vma, ...inside, rights: change.rights });
    if (vma.last > inside.last) after.push({ ...vma, first: inside.last + 1n });
  }
  if (change.op === "map") {
    const { op: _, ...vma } = change;
    after.push(vma);
  }
  return { vmas: after, touched: joined(touched) };
}

/** Ranges that follow one another as one: a page of several VMAs is changed whole. */
function joined(ranges: Range[]): Range[] {
  const joint: Range[] = [];
  for (const { first, last } of ranges.toSorted((one, other) => (one.first < other.first ? -1 : 1))) {
    const before = joint.at(-1);
    if (before !== undefined && before.last + 1n === first) before.last = last;
    else joint.push({ first, last });
  }
  return joint;
}

function sameRights(one: string, other: string): boolean {
  return ["r", "w", "x"].every((letter) => one.includes(letter) === other.includes(letter));
}

function vpnsOf({ first, last }: Range): RangeStep["ranges"][number] {
  return { firstVpn: Number(first >> 12n), lastVpn: Number(last >> 12n) };
}

const max = (one: bigint, other: bigint) => (one > other ? one : other);
const min = (one: bigint, other: bigint) => (one < other ? one : other);
