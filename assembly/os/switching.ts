/**
 * Which process runs, and when the kernel does. Several traces take turns, which the host gives them; a trace may have processes
 * of its own, whose records it tells apart; and of a machine with one trace, another process, of which nothing is recorded, may
 * run for a moment after each so many records.
 *
 * Not modelled: what the kernel itself, and that other process, use of TLBs and paging-structure caches.
 */
import { make } from "../arena";
import { counters } from "../counters";
import { STATUS_DONE, STATUS_OK, STATUS_OUT_OF_MEMORY } from "../layout";
import { osConfig } from "./config";
import { Process, current, invalidateProcess, makeProcess, processAt, switchTo } from "./process";
import { Rows } from "../rows";
import { enterTimeline } from "./timeline";
import { VMA_ANONYMOUS, VMA_RIGHTS } from "./vmas";

/** The last 4 KiB page of all addresses. */
const LAST_PAGE: u64 = (1 << 52) - 1;

/** A process that a trace tells of. */
@final
@unmanaged
class TracedProcess {
  pid: u64;
  process: Process;
}

/** A trace, and its processes. */
@final
@unmanaged
class ReplayedTrace {
  /** The process that ran last. */
  process: Process;
  /** TracedProcess each, by pid. */
  processes: Rows;
  /** Whether the trace has told of a process, 0 or 1, and the pid of the latest. */
  told: u64;
  pid: u64;
}

/** usize each: the traces. */
const traces = changetype<Rows>(memory.data(offsetof<Rows>(), 8));

/** The trace whose turn it is. Meaningless before startSwitching(). */
let turn = changetype<ReplayedTrace>(<usize>0);
/** Index of the record before which the turn ends, or another process runs. */
let turnEnd: u64 = u64.MAX_VALUE;
/** Another process than the current one may be next. */
let isToldAnother: bool = false;
/** Index of the record before which comeTo() is to be called; the largest number: of none. */
export let nextSwitch: u64 = u64.MAX_VALUE;

/** Makes a process for each trace, and has that of the first one run. False if there is no memory left. */
export function startSwitching(): bool {
  if (!traces.startRows(4, sizeof<usize>())) return false;
  const count = max(osConfig.traces, 1);
  for (let index: u32 = 0; index < count; index++) {
    const trace = make<ReplayedTrace>();
    const processes = make<Rows>();
    const process = startProcess();
    const at = traces.addRow();
    if (trace == null || processes == null || process == null || at == 0) return false;
    if (!processes.startRows(4, offsetof<TracedProcess>())) return false;
    trace.process = process;
    trace.processes = processes;
    store<usize>(at, changetype<usize>(trace));
  }
  turn = traceAt(0);
  switchTo(turn.process);
  isToldAnother = false;
  turnEnd = count == 1 && osConfig.switchEvery != 0 ? osConfig.switchEvery : u64.MAX_VALUE;
  nextSwitch = turnEnd;
  return true;
}

/**
 * Has the records that come next be of trace `index`, of which `count` are replayed (0: all), before replayEntries() stops.
 * `records`: how many were replayed so far, of all traces.
 */
export function startTurn(index: u32, count: u64, records: u64): void {
  turn = traceAt(index);
  isToldAnother = true;
  turnEnd = count == 0 ? u64.MAX_VALUE : records + count;
  nextSwitch = 0;
  enterTimeline(index, records);
}

/** The entries that come next are of the process that the trace calls `pid`. */
export function tellProcess(pid: u64): void {
  if (turn.told != 0 && pid == turn.pid) return;
  turn.told = 1;
  turn.pid = pid;
  isToldAnother = true;
  nextSwitch = 0;
}

/**
 * What happens before the record of index `record`, where nextSwitch says so. Returns STATUS_OK; STATUS_DONE if the turn is over,
 * with nothing of that done; or STATUS_OUT_OF_MEMORY.
 */
export function comeTo(record: u64): u32 {
  if (record >= turnEnd) {
    if (osConfig.traces > 1) return STATUS_DONE;
    runAnother();
    turnEnd = record + osConfig.switchEvery;
  }
  return runTold() ? STATUS_OK : STATUS_OUT_OF_MEMORY;
}

/** Has the process run whose entries come next. False if there is no memory left. */
export function runTold(): bool {
  nextSwitch = turnEnd;
  if (!isToldAnother) return true;
  isToldAnother = false;
  const process = toldProcess();
  if (process == null) return false;
  turn.process = process;
  if (process == current) return true;
  counters.switches++;
  enterKernel();
  switchTo(process);
  return true;
}

/**
 * The kernel runs, for a fault, a system call or a switch. With page tables of its own it comes and goes by moving to CR3, which
 * without PCIDs invalidates what was cached; with PCIDs each half of a process has one.
 */
export function enterKernel(): void {
  counters.kernelEntries++;
  if (osConfig.kpti != 0 && osConfig.pcids == 0) invalidateProcess(current);
}

/** Another process runs for a moment, of which nothing is known. */
function runAnother(): void {
  counters.switches++;
  enterKernel();
  if (osConfig.pcids == 0) invalidateProcess(current);
}

/** The process that the trace told of last; the first one that it tells of is the one that it has from the beginning. */
function toldProcess(): Process | null {
  if (turn.told == 0) return turn.process;
  const processes = turn.processes;
  let low: u32 = 0;
  let high = processes.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (changetype<TracedProcess>(processes.row(middle)).pid < turn.pid) low = middle + 1;
    else high = middle;
  }
  if (low < processes.count) {
    const known = changetype<TracedProcess>(processes.row(low));
    if (known.pid == turn.pid) return known.process;
  }
  const process = processes.count == 0 ? turn.process : startProcess();
  const at = process == null ? <usize>0 : processes.insertRow(low);
  if (at == 0) return null;
  const traced = changetype<TracedProcess>(at);
  traced.pid = turn.pid;
  traced.process = process as Process;
  return process;
}

function traceAt(index: u32): ReplayedTrace {
  return load<ReplayedTrace>(traces.row(index));
}

/** A process in which everything is mapped, unless a timeline says what; `null` if there is no memory left. */
function startProcess(): Process | null {
  const index = makeProcess();
  if (index < 0) return null;
  const process = processAt(index);
  if (osConfig.hasMaps != 0) return process;
  // Not map(), which would look for pages to unmap in all that there is.
  return process.vmas.add(0, LAST_PAGE, VMA_RIGHTS | VMA_ANONYMOUS, 0) == null ? null : process;
}
