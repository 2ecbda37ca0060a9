/** Runs the program of examples/emulator to its end, as the page does. */
import { AddressSpace, SegmentationFault } from "pagewalk/memory";
import { ARRAY, ARRAY_PAGES, load } from "../../examples/emulator/program.ts";
import { Rv32i } from "../../examples/emulator/rv32i.ts";

const PAGE = 4096;

/** What is to be seen of a run: pages of the array that were there after each of so many pages, and how it ended. */
export async function runEmulator() {
  const memory = await AddressSpace.create();
  const { entry, stackTop } = load(memory);
  const machine = new Rv32i(memory, entry, stackTop);
  const present = () =>
    Array.from({ length: ARRAY_PAGES }, (_, page) => memory.translate(ARRAY + page * PAGE)).filter((pa) => pa !== null)
      .length;
  const seen = new Set<number>();
  const before = memory.counters();
  try {
    while (machine.status === null) {
      seen.add(present());
      machine.step();
    }
  } catch (error) {
    if (!(error instanceof SegmentationFault)) throw error;
    const words = Array.from({ length: ARRAY_PAGES }, (_, page) => memory.read32(ARRAY + page * PAGE));
    const minorFaults = memory.counters().faults.minor - before.faults.minor;
    return { output: machine.output, pc: machine.pc, seen: [...seen], words, error, minorFaults };
  }
  throw new Error(`the program ended with ${machine.status}`);
}

/** What it is to come to. */
export const EXPECTED = {
  output: "One word to each page of an array...\n",
  pc: 0x1_0028,
  seen: Array.from({ length: ARRAY_PAGES + 1 }, (_, pages) => pages),
  words: Array.from({ length: ARRAY_PAGES }, (_, page) => (page * (page + 1)) / 2),
  // The array, and one page of the stack.
  minorFaults: ARRAY_PAGES + 1,
  error: {
    name: "SegmentationFault",
    access: "write",
    address: 0n,
    code: "SEGV_MAPERR",
    errorCode: 6,
  },
};
