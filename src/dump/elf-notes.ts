/**
 * The notes of an ELF core (gABI, "Note Section"): three little-endian words (length of the name, length of the
 * descriptor, type), the name and the descriptor, each padded to four bytes.
 *
 * QEMU (target/i386/arch_dump.c, QEMUCPUState) describes each CPU in a note named "QEMU" of type 0:
 *
 *   0        4       8                    152                  392  400  408  416  424  432     byte
 *   ├────────┼───────┼────────────────────┼────────────────────┼────┼────┼────┼────┼────┼─────▶
 *   │ version│ size  │ rax…r15,rip,rflags │ 10 × 24: segments  │ cr0│ cr1│ cr2│ cr3│ cr4│ kernel_gs_base
 *   └────────┴───────┴────────────────────┴────────────────────┴────┴────┴────┴────┴────┴───── (not in old versions)
 */
import { DumpError } from "../errors.ts";
import type { DumpCpu } from "./layout.ts";

const NOTE_HEADER_BYTES = 12;
const QEMU_NAME = "QEMU\0";
const QEMU_TYPE = 0;
const QEMU_VERSION = 1;
const CR0 = 392;
const CR2 = 408;
const CR3 = 416;
const CR4 = 424;
const CRS_END = 432;

/**
 * Returns the CPUs that QEMU described, in order; notes of others, and of later versions, are passed over. `notes` are
 * the bytes of a PT_NOTE segment, which begins at `byteOffset` in the file. Throws DumpError if a note is cut off.
 */
export function cpusIn(notes: Uint8Array, byteOffset: number, path: string): DumpCpu[] {
  const view = new DataView(notes.buffer, notes.byteOffset, notes.length);
  const cpus: DumpCpu[] = [];
  for (let at = 0; at < notes.length; ) {
    const hasHeader = at + NOTE_HEADER_BYTES <= notes.length;
    const nameBytes = hasHeader ? view.getUint32(at, true) : 0;
    const descriptorBytes = hasHeader ? view.getUint32(at + 4, true) : 0;
    const name = at + NOTE_HEADER_BYTES;
    const descriptor = name + padded(nameBytes);
    if (descriptor + descriptorBytes > notes.length) {
      const reason = `found a note that ends beyond its segment (${notes.length} bytes); the notes are damaged`;
      throw new DumpError(reason, { path, byteOffset: byteOffset + at }, "corrupt");
    }
    const isQemu =
      new TextDecoder("latin1").decode(notes.subarray(name, name + nameBytes)) === QEMU_NAME &&
      view.getUint32(at + 8, true) === QEMU_TYPE;
    if (isQemu && descriptorBytes >= CRS_END && view.getUint32(descriptor, true) === QEMU_VERSION) {
      const register = (offset: number) => view.getBigUint64(descriptor + offset, true);
      cpus.push({ cr0: register(CR0), cr2: register(CR2), cr3: register(CR3), cr4: register(CR4) });
    }
    at = descriptor + padded(descriptorBytes);
  }
  return cpus;
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}
