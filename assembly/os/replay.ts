/**
 * Replays entries through the processor, with an operating system behind its faults. A record that ends in a signal makes no
 * reference, and the replay goes on with the next one.
 */
import {
  Attribution,
  NO_PC,
  NoAttribution,
  attributionIsExhausted,
  clearAttribution,
  dropAttribution,
  isAttributed,
} from "../attribution/index";
import { counters } from "../counters";
import {
  ENTRY_BYTES,
  ENTRY_CALL,
  ENTRY_HAS_PC,
  ENTRY_INSTRUCTION,
  ENTRY_PROTECT,
  ENTRY_THREAD,
  Entry,
  RECORD_KINDS,
} from "../entries";
import { atInstruction } from "../hierarchy/prefetch";
import {
  KIND_FETCH,
  KIND_LOAD,
  KIND_STORE,
  KIND_WRITES,
  STATUS_DONE,
  STATUS_MEMORY_FULL,
  STATUS_OK,
  STATUS_OUT_OF_MEMORY,
} from "../layout";
import { hostIsExhausted } from "../nested/translate";
import { PAGE_SHIFT, isCanonical } from "../paging";
import { OUTCOME_DONE } from "../processor/result";
import { ACCESS_FETCH, ACCESS_USER, ACCESS_WRITE } from "../processor/rights";
import { access } from "./access";
import { osConfig } from "./config";
import { FAULT_NO_TABLES, FAULT_OUT_OF_MEMORY, FAULT_RESOLVED, judge, resolveFault } from "./fault";
import { dropIntervals, endInterval, nextInterval, restartIntervals } from "./intervals";
import { makePass, nextPass } from "./khugepaged";
import { empty, protect, unmap } from "./mapping";
import { Process, current } from "./process";
import { isRecent, noteRecent } from "./recent";
import { noteSignal, resetSignals } from "./signals";
import { comeTo, enterKernel, nextSwitch, runTold, startTurn, tellProcess } from "./switching";
import { makeChanges, makeFirstChanges, nextChange } from "./timeline";
import { followsUses, noteUse, restartList } from "./uses";
import { VMA_RIGHTS } from "./vmas";

/** The latest instruction, which made the data that do not tell theirs: what a prefetcher may want to know. */
let instruction: u64 = NO_PC;
/** Records replayed so far. */
let records: u64 = 0;
/** Bytes of entries that the latest replayEntries() replayed: less than it was given if the turn ended. */
export let replayedBytes: u32 = 0;

/** Starts before the first record. */
export function startReplay(): void {
  records = 0;
  instruction = NO_PC;
  resetSignals();
  dropAttribution();
  dropIntervals();
}

/** What was replayed so far was a warm-up: rows and intervals begin anew. */
export function endReplayWarmup(): void {
  if (isAttributed) clearAttribution();
  restartIntervals(records);
}

/** Has the next `count` records (0: all) be of trace `trace`: replayEntries() stops before the one after them. */
export function takeTurn(trace: u32, count: u64): void {
  startTurn(trace, count, records);
}

/** Replays `bytes` bytes of entries at `from`, or those before the turn ends: see replayedBytes. Returns a STATUS_. */
export function replayEntries(from: usize, bytes: u32): u32 {
  const status = isAttributed ? replay<Attribution>(from, bytes) : replay<NoAttribution>(from, bytes);
  return hostIsExhausted || (isAttributed && attributionIsExhausted) ? STATUS_OUT_OF_MEMORY : status;
}

/** replayEntries(), A being who is told of what records do. */
function replay<A>(from: usize, bytes: u32): u32 {
  const attribution = changetype<A>(<usize>0);
  const end = from + bytes;
  let process = current;
  restartList();
  for (let at = from; at < end; at += <usize>ENTRY_BYTES) {
    const entry = changetype<Entry>(at);
    const kind = <u32>entry.kind;
    if (kind < RECORD_KINDS) {
      if (records >= nextSwitch) {
        const status = comeTo(records);
        replayedBytes = <u32>(at - from);
        if (status != STATUS_OK) return status == STATUS_DONE ? STATUS_OK : status;
        process = current;
      }
      if (kind == KIND_FETCH) {
        counters.instructions++;
        instruction = entry.address;
        // @ts-ignore: A is one of two classes; asc checks its instances
        attribution.passInstruction(entry.address);
      }
      if (records >= nextChange && !makeChanges(process, records)) return STATUS_OUT_OF_MEMORY;
      if (records == nextPass && !makePass()) return STATUS_OUT_OF_MEMORY;
      const status = replayRecord<A>(process, entry);
      if (status != STATUS_OK) return status;
      records++;
      if (records == nextInterval) endInterval();
    } else if (kind == ENTRY_INSTRUCTION) {
      counters.instructions++;
      instruction = entry.address;
      // @ts-ignore: as above
      attribution.passInstruction(entry.address);
    } else {
      if (!replayOther(entry, kind)) return STATUS_OUT_OF_MEMORY;
      process = current;
    }
  }
  replayedBytes = bytes;
  return STATUS_OK;
}

/** Replays an entry that is neither a record nor an instruction. False if there is no memory left. */
function replayOther(entry: Entry, kind: u32): bool {
  if (kind == ENTRY_THREAD) {
    tellProcess(entry.pc);
    return true;
  }
  if (!runTold()) return false;
  enterKernel();
  if (kind == ENTRY_CALL || osConfig.obeysCalls == 0) return true;
  const first = entry.address >> PAGE_SHIFT;
  const last = entry.pc >> PAGE_SHIFT;
  if (first > last || !isCanonical(first) || !isCanonical(last)) return true; // no call did that
  if (!makeFirstChanges(current, records)) return false;
  if (kind == ENTRY_PROTECT) return protect(current, first, last, entry.size & VMA_RIGHTS);
  return osConfig.hasMaps != 0 ? unmap(current, first, last) : empty(current, first, last);
}

function replayRecord<A>(process: Process, entry: Entry): u32 {
  const attribution = changetype<A>(<usize>0);
  const kind = <u32>entry.kind;
  const va = entry.address;
  countRecord(kind);
  // @ts-ignore: A is one of two classes; asc checks its instances
  attribution.beginRecord(entry);
  const page = va >> PAGE_SHIFT;
  const last = (va + entry.size - 1) >> PAGE_SHIFT;
  const isFetch = kind == KIND_FETCH;
  const writes = (kind & KIND_WRITES) != 0;
  if (page == last && isRecent(page, isFetch, writes)) {
    countReference(kind);
    // @ts-ignore: as above
    attribution.reference(page, isFetch);
    return STATUS_OK;
  }
  atInstruction((<u32>entry.flags & ENTRY_HAS_PC) != 0 ? entry.pc : instruction);
  const flags = ACCESS_USER | (isFetch ? ACCESS_FETCH : 0) | (writes ? ACCESS_WRITE : 0);
  if (!isCanonical(page) || !isCanonical(last)) {
    // @ts-ignore: as above
    attribution.begin();
    counters.generalProtections++;
    // @ts-ignore: as above
    attribution.end(isCanonical(page) ? last : page);
    return STATUS_OK;
  }
  if (page != last) {
    // Neither page is touched unless both may be.
    const ofFirst = judge(process, page, flags);
    const refusal = ofFirst == FAULT_RESOLVED ? judge(process, last, flags) : ofFirst;
    if (refusal != FAULT_RESOLVED) {
      // @ts-ignore: as above
      attribution.begin();
      const status = signal(refusal, kind, va);
      // @ts-ignore: as above
      attribution.end(ofFirst == FAULT_RESOLVED ? last : page);
      return status;
    }
    counters.straddles++;
    const status = refer<A>(process, page, kind, flags, va);
    return status == STATUS_OK ? refer<A>(process, last, kind, flags, va) : status;
  }
  return refer<A>(process, page, kind, flags, va);
}

/** Makes the reference to `page` of the record at `va`. */
function refer<A>(process: Process, page: u64, kind: u32, flags: u32, va: u64): u32 {
  const attribution = changetype<A>(<usize>0);
  // @ts-ignore: A is one of two classes; asc checks its instances
  attribution.begin();
  let answer: u32 = FAULT_RESOLVED;
  while (answer == FAULT_RESOLVED && access(page << PAGE_SHIFT, 1, flags) != OUTCOME_DONE) {
    answer = resolveFault(process, page, flags);
    if (answer == FAULT_RESOLVED) enterKernel();
  }
  let status: u32 = STATUS_OK;
  if (answer != FAULT_RESOLVED) status = signal(answer, kind, va);
  else if (followsUses && !noteUse(page)) status = STATUS_OUT_OF_MEMORY;
  else noteRecent(page, kind == KIND_FETCH, (kind & KIND_WRITES) != 0);
  // @ts-ignore: as above
  attribution.end(page);
  return status;
}

/** Ends the record at `va`, whose fault was not resolved. */
function signal(answer: u32, kind: u32, va: u64): u32 {
  if (answer == FAULT_NO_TABLES) return STATUS_OUT_OF_MEMORY;
  if (answer == FAULT_OUT_OF_MEMORY) return STATUS_MEMORY_FULL;
  counters.protections++;
  noteSignal(records, va, kind, answer);
  return STATUS_OK;
}

function countRecord(kind: u32): void {
  if (kind == KIND_FETCH) counters.fetches++;
  else if (kind == KIND_LOAD) counters.loads++;
  else if (kind == KIND_STORE) counters.stores++;
  else counters.modifies++;
}

function countReference(kind: u32): void {
  if (kind == KIND_FETCH) counters.fetchReferences++;
  else counters.dataReferences++;
  if (kind & KIND_WRITES) counters.storeReferences++;
}
