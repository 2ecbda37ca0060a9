/** A program, as words of machine code with what an assembler would call them, and where it lies in memory. */
import type { AddressSpace } from "pagewalk/memory";

const PAGE = 4096;
const CODE = 0x1_0000;
const CONSTANTS = 0x1_1000;
export const ARRAY = 0x40_0000;
export const ARRAY_PAGES = 24;
const STACK_TOP = 0x8000_0000;
const STACK_PAGES = 8;

const TEXT = "One word to each page of an array...\n";

const WORDS = [
  0x00100513, // start:  li    a0, 1           standard output
  0x000115b7, //         lui   a1, 0x11        the text
  TEXT.length * 2 ** 20 + 0x00000613, //  li    a2, its length
  0x04000893, //         li    a7, 64          write
  0x00000073, //         ecall
  0x00400437, //         lui   s0, 0x400       the array
  0x00000493, //         li    s1, 0           number of the page
  ARRAY_PAGES * 2 ** 20 + 0x00000913, //  li    s2, how many there are
  0x018000ef, //         jal   ra, fill
  0x00000513, //         li    a0, 0           a pointer that nobody has set
  0x01352023, //         sw    s3, 0(a0)       and that is written through
  0x05d00893, //         li    a7, 93          exit
  0x00000073, //         ecall
  0x00000013, //         nop
  0xff010113, // fill:   addi  sp, sp, -16
  0x00112623, //         sw    ra, 12(sp)
  0x000012b7, //         lui   t0, 1           4096
  0x009989b3, // next:   add   s3, s3, s1
  0x01342023, //         sw    s3, 0(s0)
  0x00540433, //         add   s0, s0, t0
  0x00148493, //         addi  s1, s1, 1
  0xff24c8e3, //         blt   s1, s2, next
  0x00c12083, //         lw    ra, 12(sp)
  0x01010113, //         addi  sp, sp, 16
  0x00008067, //         ret
];

/** Maps the program's segments, its array and its stack, as a loader does, and returns where it begins. */
export function load(memory: AddressSpace): { entry: number; stackTop: number } {
  // Written first, and then only to be executed, and only to be read.
  memory.mmap(CODE, PAGE, "rw", { fixed: true, name: "code" });
  WORDS.forEach((word, index) => {
    memory.write32(CODE + 4 * index, word);
  });
  memory.mprotect(CODE, PAGE, "r-x");
  memory.mmap(CONSTANTS, PAGE, "rw", { fixed: true, name: "constants" });
  memory.writeString(CONSTANTS, TEXT);
  memory.mprotect(CONSTANTS, PAGE, "r");
  memory.mmap(ARRAY, ARRAY_PAGES * PAGE, "rw", { fixed: true, name: "array" });
  memory.mmap(STACK_TOP - STACK_PAGES * PAGE, STACK_PAGES * PAGE, "rw", { fixed: true, name: "stack" });
  return { entry: CODE, stackTop: STACK_TOP };
}
