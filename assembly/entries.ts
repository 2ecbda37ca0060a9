/**
 * The list of entries: what a trace says, whole. Decoders write it, unless they make words at once (decoders/lackey.ts);
 * words of the batch (decoders/words.ts), other formats and statistics are made of it.
 *
 *   0          8          16      20     21      22     24   byte
 *   ├──────────┼──────────┼───────┼──────┼───────┼──────┤
 *   │ address  │ pc       │ size  │ kind │ flags │   0  │
 *   └──────────┴──────────┴───────┴──────┴───────┴──────┘
 *
 * | kind                 | address             | pc                                    | size          |
 * |----------------------|---------------------|---------------------------------------|---------------|
 * | KIND_ 0..3: a record | first byte          | of its instruction, if ENTRY_HAS_PC   | bytes, 1..4096 |
 * | ENTRY_INSTRUCTION    | of the instruction  | 0                                     | its length, or 0 |
 * | ENTRY_THREAD         | thread id           | process id                            | 0             |
 * | ENTRY_UNMAP          | first byte          | last byte                             | 0             |
 * | ENTRY_PROTECT        | first byte          | last byte                             | PROT_ bits    |
 * | ENTRY_CALL           | 0                   | 0                                     | 0             |
 *
 * An ENTRY_INSTRUCTION is an instruction that the processor executed and did not fetch. Data without ENTRY_HAS_PC belong
 * to the latest fetch or ENTRY_INSTRUCTION before them. An ENTRY_THREAD says whose the entries after it are. An
 * ENTRY_PROTECT is an mprotect(), with the rights that the pages have now; an ENTRY_CALL any system call that did neither
 * that nor take pages away, and there only where it is asked for (startEntries()).
 */
import { KIND_FETCH } from "./layout";

export const ENTRY_INSTRUCTION: u32 = 4;
export const ENTRY_THREAD: u32 = 5;
export const ENTRY_UNMAP: u32 = 6;
export const ENTRY_PROTECT: u32 = 7;
export const ENTRY_CALL: u32 = 8;
/** Kinds below are records. */
export const RECORD_KINDS: u32 = 4;
/** Flag: the trace tells the instruction of this record. */
export const ENTRY_HAS_PC: u32 = 1;

export const ENTRY_BYTES: u32 = 24;
/** Entries that a decoder writes before it stops, and those that it may write beyond, for one line or binary record. */
const FULL_ENTRIES: u32 = 8192;
const MORE_ENTRIES: u32 = 64;
/** Entries that there may be at once. */
export const MOST_ENTRIES: u32 = FULL_ENTRIES + MORE_ENTRIES;

@final
@unmanaged
export class Entry {
  address: u64;
  pc: u64;
  size: u32;
  kind: u8;
  flags: u8;
  unused: u16;
}

/** Where the fields lie that the host reads; the address is the first. */
export const ENTRY_PC_OFFSET: u32 = offsetof<Entry>("pc");
export const ENTRY_KIND_OFFSET: u32 = offsetof<Entry>("kind");

/** Address of the first entry. */
export const ENTRIES: usize = memory.data(<i32>((8192 + 64) * 24), 64);
/** Where a decoder stops. */
export const FULL: usize = ENTRIES + <usize>(FULL_ENTRIES * ENTRY_BYTES);
const END: usize = FULL + <usize>(MORE_ENTRIES * ENTRY_BYTES);

/** Where the next entry goes. */
let out: usize = ENTRIES;

/** Those in it that are no records. */
let others: u32 = 0;

/** Empties the list. */
export function clearEntries(): void {
  out = ENTRIES;
  others = 0;
}

/** Address after the last entry. */
export function entriesEnd(): usize {
  return out;
}

/** Records that were added since the list was empty. */
export function recordsAdded(): u32 {
  return <u32>((out - ENTRIES) / ENTRY_BYTES) - others;
}

/** Notes that records were written up to `end` by a decoder that does so itself, as far as FULL at most. */
export function setEntriesEnd(end: usize): void {
  assert(end <= END);
  out = end;
}

/** Whether the decoder is to stop before the next line or binary record. */
export function entriesAreFull(): bool {
  return out >= FULL;
}

/** A record of `kind` at `address`, whose instruction the trace does not tell with it. size: 1..4096. */
export function addRecord(kind: u32, address: u64, size: u32): void {
  add(kind, 0, address, 0, size);
}

/** The same, of the instruction at `pc`. */
export function addRecordOf(pc: u64, kind: u32, address: u64, size: u32): void {
  add(kind, ENTRY_HAS_PC, address, pc, size);
}

/** An instruction that was not fetched. */
export function addInstruction(address: u64, size: u32): void {
  others++;
  add(ENTRY_INSTRUCTION, 0, address, 0, size);
}

/** What comes after is of that thread. */
export function addThread(pid: u64, tid: u64): void {
  others++;
  add(ENTRY_THREAD, 0, tid, pid, 0);
}

/** The bytes from `first` to `last` are mapped no more. */
export function addUnmap(first: u64, last: u64): void {
  others++;
  add(ENTRY_UNMAP, 0, first, last, 0);
}

/** The bytes from `first` to `last` have other rights: bits 1 read, 2 write, 4 execute, as PROT_ of Linux. */
export function addProtect(first: u64, last: u64, rights: u32): void {
  others++;
  add(ENTRY_PROTECT, 0, first, last, rights);
}

/** The program entered the kernel. */
export function addCall(): void {
  others++;
  add(ENTRY_CALL, 0, 0, 0, 0);
}

/** Whether an entry of `kind` begins an instruction. */
export function isInstruction(kind: u32): bool {
  return kind == KIND_FETCH || kind == ENTRY_INSTRUCTION;
}

function add(kind: u32, flags: u32, address: u64, pc: u64, size: u32): void {
  assert(out < END); // see FULL_ENTRIES
  const entry = changetype<Entry>(out);
  entry.address = address;
  entry.pc = pc;
  entry.size = size;
  entry.kind = <u8>kind;
  entry.flags = <u8>flags;
  entry.unused = 0;
  out += <usize>ENTRY_BYTES;
}
