/** The page: runs the program a few instructions at a time, and shows its memory. */
import { AddressSpace, type MappedRegion, SegmentationFault } from "pagewalk/memory";
import { load } from "./program.ts";
import { Rv32i } from "./rv32i.ts";

const PAGE = 4096n;
/** So slow that one can watch. */
const INSTRUCTIONS_PER_FRAME = 1;

const memory = await AddressSpace.create();
const { entry, stackTop } = load(memory);
const machine = new Rv32i(memory, entry, stackTop);
requestAnimationFrame(run);

function run(): void {
  try {
    for (let count = 0; count < INSTRUCTIONS_PER_FRAME && machine.status === null; count++) machine.step();
    if (machine.status === null) requestAnimationFrame(run);
  } catch (error) {
    if (!(error instanceof SegmentationFault)) throw error;
    show("fault", [`The program stops at 0x${machine.pc.toString(16)}: ${error.message}.`, ...wordsOf(error)]);
  }
  show("output", [machine.output]);
  show("memory", memory.regions().map(lineOf));
  const { faults, tlbs, inUse } = memory.counters();
  show("counters", [
    `${machine.instructions} instructions, ${faults.minor} page faults`,
    `L1 ITLB: ${tlbs.l1i.hits} of ${tlbs.l1i.lookups} hit; L1 DTLB: ${tlbs.l1d.hits} of ${tlbs.l1d.lookups}`,
    `${inUse.frames} frames with pages, ${inUse.tables} with page tables`,
  ]);
}

/** A region, with a mark for each page: full if it is in memory. */
function lineOf({ start, end, permissions, name }: MappedRegion): string {
  let pages = "";
  for (let page = start; page < end; page += PAGE) pages += memory.translate(page) === null ? "□" : "■";
  return `${start.toString(16).padStart(8, "0")} ${permissions} ${name.padEnd(9)} ${pages}`;
}

/** What processor and operating system did. */
function wordsOf({ explanation: { steps, fault } }: SegmentationFault): string[] {
  const walk = steps.map(
    ({ level, physicalAddress, entry }) => `${level.toUpperCase()} at ${physicalAddress}: ${entry}`,
  );
  return [...walk, ...(fault === null ? [] : [fault.reason, fault.linux, ...fault.advice])];
}

function show(id: string, lines: readonly string[]): void {
  const element = document.getElementById(id);
  if (element !== null) element.textContent = lines.join("\n");
}
