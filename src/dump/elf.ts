/**
 * ELF core files of a machine's physical memory, as QEMU's `dump-guest-memory` and `virsh dump --memory-only` write
 * them: ELF64, x86-64, ET_CORE. System V ABI (gABI), "Object Files" and "Program Header"; QEMU dump/dump.c.
 */
import { DumpError } from "../errors.ts";
import type { DumpBytes } from "./bytes.ts";
import { cpusIn } from "./elf-notes.ts";
import { type Layout, MAX_SEGMENTS, PHYSICAL_END, type Segment, withoutOverlaps } from "./layout.ts";

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const SECTION_HEADER_BYTES = 64;
const PROGRAM_HEADERS_AT_ONCE = 4096;

const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const ET_CORE = 4;
const EM_386 = 3;
const EM_X86_64 = 62;
const PT_LOAD = 1;
const PT_NOTE = 4;
/** In e_phnum: the count is in sh_info of section header 0. */
const PN_XNUM = 0xffff;
/** p_paddr of what is at no physical address (the kernel's own cores). */
const NO_ADDRESS = 2n ** 64n - 1n;
/** QEMU writes under 1 KiB for each CPU. */
const MAX_NOTE_BYTES = 16 << 20;

interface ProgramHeader {
  /** Where it stands in the file. */
  byteOffset: number;
  type: number;
  offset: bigint;
  virtual: bigint;
  physical: bigint;
  fileBytes: bigint;
  memoryBytes: bigint;
}

/**
 * Memory beyond p_filesz is zero, up to p_memsz; a segment with p_filesz 0 is one that QEMU left out, and not held.
 * Segments overlap where QEMU dumped by virtual address (`-p`), and in kernels' own cores; the one that begins first
 * wins, and zeros give way to stored bytes. Rejects with DumpError if the file is another kind of ELF, or ends before
 * what its headers name.
 */
export async function readElf(bytes: DumpBytes): Promise<Layout> {
  const { path } = bytes;
  const header = await exactly(bytes, 0, HEADER_BYTES, "the ELF header");
  refuseOtherElf(header, path);
  const programHeaders = await readProgramHeaders(bytes, header);
  const notes: { byteOffset: number; bytes: Uint8Array }[] = [];
  let noteBytes = 0n;
  const wanted = programHeaders.filter(({ type, fileBytes }) => type === PT_NOTE && fileBytes > 0n);
  for (const note of wanted.toSorted((one, other) => Number(one.offset - other.offset))) {
    noteBytes += note.fileBytes;
    if (noteBytes > MAX_NOTE_BYTES) {
      const reason = `found notes of ${noteBytes} bytes, expected ${MAX_NOTE_BYTES} at most; the header is damaged`;
      throw new DumpError(reason, { path, byteOffset: note.byteOffset }, "corrupt");
    }
    const byteOffset = Number(note.offset);
    notes.push({ byteOffset, bytes: await exactly(bytes, byteOffset, Number(note.fileBytes), "a note segment") });
  }
  const loads = programHeaders.filter(({ type, physical }) => type === PT_LOAD && physical !== NO_ADDRESS);
  const size = await bytes.size();
  for (const load of loads) refuseBadLoad(load, size, path);
  const cpus = notes.flatMap((note) => cpusIn(note.bytes, note.byteOffset, path));
  refuseProcess(loads, cpus.length > 0, path);
  return { segments: withoutOverlaps(loads.flatMap(segmentsOf)), cpus };
}

function refuseOtherElf(header: Uint8Array, path: string): void {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const refuse = (byteOffset: number, reason: string) => {
    throw new DumpError(reason, { path, byteOffset }, "unsupported-format");
  };
  if (view.getUint32(0, false) !== 0x7f454c46) refuse(0, "found no ELF header (7f 45 4c 46), which was expected");
  const machine = view.getUint16(18, true);
  if (header[4] !== CLASS_64) {
    refuse(4, "is a 32-bit ELF file; expected the dump of a 64-bit guest (ELF64, x86-64) that runs in 64-bit mode");
  }
  if (header[5] !== LITTLE_ENDIAN) refuse(5, "is a big-endian ELF file; expected the dump of an x86-64 guest");
  if (view.getUint16(16, true) !== ET_CORE) {
    refuse(16, "is a program or library (ELF), not a dump of memory (ET_CORE); expected what dump-guest-memory writes");
  }
  if (machine === EM_386) refuse(18, "is the dump of a guest in 32-bit mode; expected one in 64-bit mode (x86-64)");
  if (machine !== EM_X86_64) refuse(18, `is the dump of another architecture (ELF machine ${machine}), not of x86-64`);
}

async function readProgramHeaders(bytes: DumpBytes, header: Uint8Array): Promise<ProgramHeader[]> {
  const { path } = bytes;
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const tableOffset = Number(view.getBigUint64(32, true));
  const entryBytes = view.getUint16(54, true);
  let count = view.getUint16(56, true);
  let countAt = 56;
  if (count === PN_XNUM) {
    const sections = Number(view.getBigUint64(40, true));
    const section = await exactly(bytes, sections, SECTION_HEADER_BYTES, "section header 0");
    countAt = sections + 44;
    count = new DataView(section.buffer, section.byteOffset, section.length).getUint32(44, true);
  }
  if (count === 0 || count > MAX_SEGMENTS) {
    const reason = `found ${count} program headers, expected 1 to ${MAX_SEGMENTS}; the header is damaged`;
    throw new DumpError(reason, { path, byteOffset: countAt }, "corrupt");
  }
  if (entryBytes !== PROGRAM_HEADER_BYTES) {
    const reason = `found program headers of ${entryBytes} bytes, expected ${PROGRAM_HEADER_BYTES}`;
    throw new DumpError(reason, { path, byteOffset: 54 }, "corrupt");
  }
  const headers: ProgramHeader[] = [];
  while (headers.length < count) {
    const first = tableOffset + headers.length * PROGRAM_HEADER_BYTES;
    const some = Math.min(PROGRAM_HEADERS_AT_ONCE, count - headers.length);
    const table = await exactly(bytes, first, some * PROGRAM_HEADER_BYTES, `the table of ${count} program headers`);
    for (let at = 0; at < table.length; at += PROGRAM_HEADER_BYTES) headers.push(programHeader(table, at, first + at));
  }
  return headers;
}

function programHeader(table: Uint8Array, at: number, byteOffset: number): ProgramHeader {
  const view = new DataView(table.buffer, table.byteOffset + at, PROGRAM_HEADER_BYTES);
  return {
    byteOffset,
    type: view.getUint32(0, true),
    offset: view.getBigUint64(8, true),
    virtual: view.getBigUint64(16, true),
    physical: view.getBigUint64(24, true),
    fileBytes: view.getBigUint64(32, true),
    memoryBytes: view.getBigUint64(40, true),
  };
}

function refuseBadLoad(load: ProgramHeader, size: number, path: string): void {
  const { byteOffset, offset, physical, fileBytes, memoryBytes } = load;
  if (fileBytes > memoryBytes || physical + memoryBytes > PHYSICAL_END) {
    throw new DumpError(
      `found an ELF segment of ${fileBytes} bytes for ${memoryBytes} bytes of memory from 0x${physical.toString(16)} ` +
        "on, expected no more bytes than memory, below 2^52; the header is damaged",
      { path, byteOffset },
      "corrupt",
    );
  }
  if (fileBytes === 0n || offset + fileBytes <= BigInt(size)) return;
  const stored = offset < BigInt(size) ? BigInt(size) - offset : 0n;
  throw new DumpError(
    `the file is truncated: it ends after ${stored} of the ${fileBytes} bytes of the ELF segment that begins at byte ` +
      `${offset}; was the disk full, or did a copy break off?`,
    { path, byteOffset: size, physicalAddress: physical + stored },
    "truncated",
  );
}

/** The kernel writes cores of processes with p_paddr 0; none of their memory is at a known place. */
function refuseProcess(loads: readonly ProgramHeader[], hasCpus: boolean, path: string): void {
  const stored = loads.filter(({ fileBytes }) => fileBytes > 0n);
  const instead = "expected what QEMU's dump-guest-memory or virsh dump --memory-only writes";
  if (stored.length === 0) {
    const reason = `is an ELF core file without memory (no PT_LOAD segment that is stored); ${instead}`;
    throw new DumpError(reason, { path, byteOffset: null }, "unsupported-format");
  }
  const unplaced = stored.every(({ physical }) => physical === 0n);
  if (!unplaced || (stored.length === 1 && (hasCpus || stored[0]?.virtual === 0n))) return;
  throw new DumpError(
    "is an ELF core file whose segments are all at physical address 0, as in the core of a process; its page tables " +
      `are not in it; ${instead}`,
    { path, byteOffset: stored[0]?.byteOffset ?? null },
    "unsupported-format",
  );
}

function segmentsOf({ offset, physical, fileBytes, memoryBytes }: ProgramHeader): Segment[] {
  if (fileBytes === 0n) return [];
  const start = Number(physical);
  const storedTo = start + Number(fileBytes);
  const end = start + Number(memoryBytes);
  const stored = { start, end: storedTo, offset: Number(offset) };
  return end > storedTo ? [stored, { start: storedTo, end, offset: null }] : [stored];
}

/** Reads all of `length` bytes, or rejects with DumpError. */
async function exactly(bytes: DumpBytes, offset: number, length: number, what: string): Promise<Uint8Array> {
  const got = await bytes.read(offset, length);
  if (got.length === length) return got;
  const size = await bytes.size();
  throw new DumpError(
    `the file is truncated: it ends before ${what} does, at byte ${offset + length}; was the disk full, or did a copy ` +
      "break off?",
    { path: bytes.path, byteOffset: size },
    "truncated",
  );
}
