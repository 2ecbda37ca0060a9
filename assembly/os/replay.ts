/**
 * Replays entries through the processor, with an operating system behind its faults. A record that ends in a signal makes no
 * reference, and the replay goes on with the next one.
 */
import { counters } from "../counters";
import { ENTRY_BYTES, ENTRY_UNMAP, Entry, RECORD_KINDS, isInstruction } from "../entries";
import {
  KIND_FETCH,
  KIND_LOAD,
  KIND_STORE,
  KIND_WRITES,
  STATUS_MEMORY_FULL,
  STATUS_OK,
  STATUS_OUT_OF_MEMORY,
} from "../layout";
import { PAGE_SHIFT, isCanonical } from "../paging";
import { access } from "../processor/access";
import { OUTCOME_DONE } from "../processor/result";
import { ACCESS_FETCH, ACCESS_USER, ACCESS_WRITE } from "../processor/rights";
import { osConfig } from "./config";
import { FAULT_NO_TABLES, FAULT_OUT_OF_MEMORY, FAULT_RESOLVED, judge, resolveFault } from "./fault";
import { unmap } from "./mapping";
import { Process, current } from "./process";
import { isRecent, noteRecent } from "./recent";
import { noteSignal, resetSignals } from "./signals";
import { makeChanges, nextChange } from "./timeline";
import { followsUses, noteUse, restartList } from "./uses";

/** Records replayed so far. */
let records: u64 = 0;

/** Starts before the first record. */
export function startReplay(): void {
  records = 0;
  resetSignals();
}

/** Replays `bytes` bytes of entries at `from`, those of one process. Returns a STATUS_. */
export function replayEntries(from: usize, bytes: u32): u32 {
  const end = from + bytes;
  const process = current;
  restartList();
  for (let at = from; at < end; at += <usize>ENTRY_BYTES) {
    const entry = changetype<Entry>(at);
    const kind = <u32>entry.kind;
    if (isInstruction(kind)) counters.instructions++;
    if (kind < RECORD_KINDS) {
      if (records >= nextChange && !makeChanges(process, records)) return STATUS_OUT_OF_MEMORY;
      const status = replayRecord(process, kind, entry.address, entry.size);
      if (status != STATUS_OK) return status;
      records++;
    } else if (kind == ENTRY_UNMAP && osConfig.obeysCalls != 0) {
      if (!unmap(process, entry.address >> PAGE_SHIFT, entry.pc >> PAGE_SHIFT)) return STATUS_OUT_OF_MEMORY;
    }
  }
  return STATUS_OK;
}

function replayRecord(process: Process, kind: u32, va: u64, size: u32): u32 {
  countRecord(kind);
  const page = va >> PAGE_SHIFT;
  const last = (va + size - 1) >> PAGE_SHIFT;
  const isFetch = kind == KIND_FETCH;
  const writes = (kind & KIND_WRITES) != 0;
  if (page == last && isRecent(page, isFetch, writes)) {
    countReference(isFetch);
    return STATUS_OK;
  }
  const flags = ACCESS_USER | (isFetch ? ACCESS_FETCH : 0) | (writes ? ACCESS_WRITE : 0);
  if (!isCanonical(page) || !isCanonical(last)) {
    counters.generalProtections++;
    return STATUS_OK;
  }
  if (page != last) {
    // Neither page is touched unless both may be.
    let refusal = judge(process, page, flags);
    if (refusal == FAULT_RESOLVED) refusal = judge(process, last, flags);
    if (refusal != FAULT_RESOLVED) return signal(refusal, kind, va);
    counters.straddles++;
    const status = refer(process, page, kind, flags, va);
    return status == STATUS_OK ? refer(process, last, kind, flags, va) : status;
  }
  return refer(process, page, kind, flags, va);
}

/** Makes the reference to `page` of the record at `va`. */
function refer(process: Process, page: u64, kind: u32, flags: u32, va: u64): u32 {
  while (access(page << PAGE_SHIFT, 1, flags) != OUTCOME_DONE) {
    const answer = resolveFault(process, page, flags);
    if (answer != FAULT_RESOLVED) return signal(answer, kind, va);
  }
  if (followsUses && !noteUse(page)) return STATUS_OUT_OF_MEMORY;
  noteRecent(page, kind == KIND_FETCH, (kind & KIND_WRITES) != 0);
  return STATUS_OK;
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

function countReference(isFetch: bool): void {
  if (isFetch) counters.fetchReferences++;
  else counters.dataReferences++;
}
