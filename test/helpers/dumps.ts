/** Dumps of physical memory, built from frames: physical address (a multiple of 4096) → its 4096 bytes. */
import type { DumpCpu } from "../../src/dump/dump.ts";

const FRAME_BYTES = 4096;

export type Frames = ReadonlyMap<bigint, Uint8Array>;

/** A flat image of `sizeBytes`; zero where there is no frame. */
export function rawDump(frames: Frames, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (const [address, frame] of frames) bytes.set(frame, Number(address));
  return bytes;
}

/** LiME version 1, one range for each run of adjacent frames. */
export function limeDump(frames: Frames): Uint8Array {
  return Buffer.concat(runsOf(frames).flatMap(({ start, bytes }) => [limeHeader(start, bytes.length), bytes]));
}

/** A LiME header for `length` bytes at `start`. */
export function limeHeader(start: bigint, length: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(32));
  header.setUint32(0, 0x4c694d45, true);
  header.setUint32(4, 1, true);
  header.setBigUint64(8, start, true);
  header.setBigUint64(16, start + BigInt(length) - 1n, true);
  return new Uint8Array(header.buffer);
}

/** A PT_LOAD segment; `memoryBytes` and `offset` are those of `bytes` unless given. */
export interface Load {
  start: bigint;
  bytes: Uint8Array;
  memoryBytes?: bigint;
  offset?: bigint;
  virtual?: bigint;
}

/** An ELF core as QEMU 7.2 writes it, one PT_LOAD segment for each run of adjacent frames. */
export function elfDump(frames: Frames, cpus: readonly DumpCpu[] = []): Uint8Array {
  return elfOf(runsOf(frames), cpus);
}

/**
 * An ELF core of `loads`. With `extendedCount` the number of segments stands in section header 0, as it must where
 * there are 65535 or more.
 */
export function elfOf(
  loads: readonly Load[],
  cpus: readonly DumpCpu[] = [],
  extendedCount = loads.length >= 0xfffe,
): Uint8Array {
  const notes = Buffer.concat(cpus.flatMap((cpu, id) => [note("CORE\0", 1, prstatus(id)), qemuNote(cpu)]));
  const sections = 64;
  const programHeaders = sections + 2 * 64;
  const notesAt = programHeaders + (1 + loads.length) * 56;
  const header = new DataView(new ArrayBuffer(programHeaders));
  header.setUint32(0, 0x7f454c46, false);
  header.setUint32(4, 0x02010100, false); // ELFCLASS64, ELFDATA2LSB, EV_CURRENT
  header.setUint16(16, 4, true); // ET_CORE
  header.setUint16(18, 62, true); // EM_X86_64
  header.setUint32(20, 1, true);
  header.setBigUint64(32, BigInt(programHeaders), true);
  header.setBigUint64(40, BigInt(sections), true);
  header.setUint16(52, 64, true);
  header.setUint16(54, 56, true);
  header.setUint16(56, extendedCount ? 0xffff : 1 + loads.length, true);
  header.setUint16(58, 64, true);
  header.setUint16(60, 2, true);
  header.setUint32(sections + 44, extendedCount ? 1 + loads.length : 0, true); // sh_info
  const parts: Uint8Array[] = [new Uint8Array(header.buffer)];
  parts.push(programHeader(4, BigInt(notesAt), 0n, 0n, notes.length, BigInt(notes.length)));
  let offset = notesAt + notes.length;
  for (const load of loads) {
    const { start, bytes, memoryBytes = BigInt(bytes.length), virtual = start } = load;
    parts.push(programHeader(1, load.offset ?? BigInt(offset), virtual, start, bytes.length, memoryBytes));
    offset += bytes.length;
  }
  return Buffer.concat([...parts, notes, ...loads.map(({ bytes }) => bytes)]);
}

function programHeader(
  type: number,
  offset: bigint,
  virtual: bigint,
  physical: bigint,
  fileBytes: number,
  memoryBytes: bigint,
): Uint8Array {
  const header = new DataView(new ArrayBuffer(56));
  header.setUint32(0, type, true);
  header.setBigUint64(8, offset, true);
  header.setBigUint64(16, virtual, true);
  header.setBigUint64(24, physical, true);
  header.setBigUint64(32, BigInt(fileBytes), true);
  header.setBigUint64(40, memoryBytes, true);
  return new Uint8Array(header.buffer);
}

/** QEMUCPUState, version 1, with a different number in every register that is not asked for. */
function qemuNote({ cr0, cr2, cr3, cr4 }: DumpCpu): Uint8Array {
  const state = new DataView(new ArrayBuffer(440));
  for (let at = 8; at < 440; at += 8) state.setBigUint64(at, 0xdead0000n + BigInt(at), true);
  state.setUint32(0, 1, true);
  state.setUint32(4, 440, true);
  state.setBigUint64(392, cr0, true);
  state.setBigUint64(408, cr2, true);
  state.setBigUint64(416, cr3, true);
  state.setBigUint64(424, cr4, true);
  return note("QEMU\0", 0, new Uint8Array(state.buffer));
}

function prstatus(id: number): Uint8Array {
  return new Uint8Array(336).fill(id);
}

function note(name: string, type: number, descriptor: Uint8Array): Uint8Array {
  const nameBytes = Math.ceil(name.length / 4) * 4;
  const bytes = Buffer.alloc(12 + nameBytes + Math.ceil(descriptor.length / 4) * 4);
  bytes.writeUInt32LE(name.length, 0);
  bytes.writeUInt32LE(descriptor.length, 4);
  bytes.writeUInt32LE(type, 8);
  bytes.write(name, 12, "latin1");
  bytes.set(descriptor, 12 + nameBytes);
  return bytes;
}

/** Joins adjacent frames, in ascending order. */
function runsOf(frames: Frames): { start: bigint; bytes: Uint8Array }[] {
  const runs: { start: bigint; end: bigint; frames: Uint8Array[] }[] = [];
  for (const [address, frame] of [...frames].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    const last = runs.at(-1);
    if (last?.end === address) last.frames.push(frame);
    else runs.push({ start: address, end: address, frames: [frame] });
    const run = runs.at(-1);
    if (run !== undefined) run.end = address + BigInt(FRAME_BYTES);
  }
  return runs.map(({ start, frames }) => ({ start, bytes: Buffer.concat(frames) }));
}
