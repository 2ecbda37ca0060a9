/** Processes: what is mapped in each, and which one runs. */
import { PAGE_SHIFT } from "../paging";
import { dropAddress, dropPcid, dropStructures } from "../processor/caches";
import { make } from "../arena";
import { invlpg, writeCr3 } from "../processor/control";
import { CR3_NO_FLUSH, CR4_PCIDE, registers } from "../processor/registers";
import { osConfig } from "./config";
import { forgetRecent } from "./recent";
import { Rows } from "../rows";
import { giveBackTable, takeTable } from "./physical";
import { forgetUse } from "./uses";
import { Vmas } from "./vmas";

/** As many as there are PCIDs but 0, which nobody has. */
const MAX_PROCESSES: u32 = 4095;

/** How many there can be: where the kernel has page tables of its own, each takes two PCIDs (Linux: X86_CR3_PTI_PCID_USER_BIT). */
export function mostProcesses(): u32 {
  return osConfig.kpti != 0 ? MAX_PROCESSES >> 1 : MAX_PROCESSES;
}

@final
@unmanaged
export class Process {
  /** Physical address of the PML4; 0 if it has ended. */
  pml4: u64;
  /** Tag of its translations, 1..4095; 0 is no process, but a memory that processes share (objects.ts). */
  pcid: u64;
  vmas: Vmas;
  /** Its index, which another one gets when it has ended, with its PCID. */
  index: u32;
}

/** usize each: the processes, those that have ended included. */
const processes = changetype<Rows>(memory.data(offsetof<Rows>(), 8));
/** u32 each: indexes of those that have ended. */
const ended = changetype<Rows>(memory.data(offsetof<Rows>(), 8));

/** The one that runs. Meaningless before the first one was made. */
export let current = changetype<Process>(<usize>0);

/** There are no processes. False if there is no memory left. */
export function startProcesses(): bool {
  current = changetype<Process>(<usize>0);
  return processes.startRows(4, sizeof<usize>()) && ended.startRows(4, sizeof<u32>());
}

/** Index of a new process, in which nothing is mapped; -1 if there is no memory left for it, or no PCID. */
export function makeProcess(): i32 {
  if (ended.count > 0) {
    const again = processAt(load<u32>(ended.row(ended.count - 1)));
    again.pml4 = takeTable();
    if (again.pml4 == 0) return -1; // it has none, then
    ended.count--;
    return again.index;
  }
  if (processes.count == mostProcesses()) return -1;
  const process = make<Process>();
  const vmas = make<Vmas>();
  if (process == null || vmas == null || !vmas.start()) return -1;
  process.pml4 = takeTable();
  if (process.pml4 == 0) return -1;
  if (osConfig.kpti != 0 && takeTable() == 0) return -1; // the kernel's PML4
  const at = processes.addRow();
  if (at == 0) return -1;
  process.pcid = processes.count;
  process.index = processes.count - 1;
  process.vmas = vmas;
  store<usize>(at, changetype<usize>(process));
  return process.index;
}

/** Gives back the index and the PCID of `process`, in which nothing is mapped any more, and its PML4. */
export function endProcess(process: Process): bool {
  invalidateProcess(process);
  if (process == current) current = changetype<Process>(<usize>0);
  const at = ended.addRow();
  if (at != 0) store<u32>(at, process.index);
  const pml4 = process.pml4;
  process.pml4 = 0;
  return giveBackTable(pml4) && at != 0;
}

/** Whether it is a memory that processes share, which never runs. */
export function isObject(process: Process): bool {
  return process.pcid == 0;
}

export function processAt(index: u32): Process {
  return load<Process>(processes.row(index));
}

export function processCount(): u32 {
  return processes.count;
}

/** Has `process` run: without PCIDs every translation is lost, with them none. */
export function switchTo(process: Process): void {
  if (process == current) return;
  current = process;
  forgetRecent();
  forgetUse();
  const hasPcids = (registers.cr4 & CR4_PCIDE) != 0;
  writeCr3(process.pml4 | (hasPcids ? process.pcid | CR3_NO_FLUSH : 0));
}

/** Invalidates what TLBs and paging-structure caches hold of `page` of `process`. */
export function invalidatePage(process: Process, page: u64): void {
  forgetRecent();
  if (process == current) return invlpg(page << PAGE_SHIFT);
  if (!(registers.cr4 & CR4_PCIDE)) return; // nothing of others is cached
  dropAddress(page << PAGE_SHIFT, process.pcid, false);
  dropStructures(process.pcid);
}

/** Invalidates all that they hold of `process`. */
export function invalidateProcess(process: Process): void {
  forgetRecent();
  if (process == current) dropPcid(registers.pcid);
  else if (registers.cr4 & CR4_PCIDE) dropPcid(process.pcid);
}
