/**
 * Replays words through the processor and a hierarchy: one process in which everything is mapped, and pages come at first touch. What
 * needs whole records is os/replay.ts.
 */
import { WORDS, wordCount } from "../batch";
import { counters } from "../counters";
import { EVENT_MASK, KIND_FETCH, KIND_WRITES, STATUS_OK, STATUS_OUT_OF_MEMORY } from "../layout";
import { nestedConfig } from "../nested/config";
import { hostIsExhausted } from "../nested/translate";
import { access } from "../os/access";
import { FAULT_RESOLVED, resolveFault } from "../os/fault";
import { current } from "../os/process";
import { isRecent, noteRecent } from "../os/recent";
import { PAGE_SHIFT, PTE_D } from "../paging";
import { found } from "../processor/found";
import { addressOfPage } from "../processor/granule";
import { OUTCOME_DONE } from "../processor/result";
import { ACCESS_FETCH, ACCESS_USER, ACCESS_WRITE } from "../processor/rights";
import { countBatch, visitPages } from "../records";
import { HierarchyCaches } from "./caches";
import { futureIsLost, restartLookups } from "./lookups";

let outOfMemory: bool = false;

/** Replays the batch. Returns a STATUS_. */
export function replayWords(): u32 {
  countBatch();
  outOfMemory = false;
  restartLookups();
  const end = WORDS + ((<usize>wordCount()) << 3);
  for (let at = WORDS; at < end; at += 8) {
    const word = load<u64>(at);
    if ((<u32>word & EVENT_MASK) == 0) visitPages<Refer>(word);
  }
  return outOfMemory || hostIsExhausted || futureIsLost ? STATUS_OUT_OF_MEMORY : STATUS_OK;
}

/** Visitor that makes the references of a record one by one. */
@final
@unmanaged
class Refer {
  @inline
  visit(page: u64, kind: u32): void {
    if (!isRecent(page, kind == KIND_FETCH, (kind & KIND_WRITES) != 0)) refer(page, kind);
  }
}

function refer(page: u64, kind: u32): void {
  const isFetch = kind == KIND_FETCH;
  const writes = (kind & KIND_WRITES) != 0;
  const flags = ACCESS_USER | (isFetch ? ACCESS_FETCH : 0) | (writes ? ACCESS_WRITE : 0);
  const va = addressOfPage(page);
  if (!nestedConfig.present && isUsed(va, flags)) return noteRecent(page, isFetch, writes);
  while (access(va, 1, flags) != OUTCOME_DONE) {
    if (resolveFault(current, va >> PAGE_SHIFT, flags) == FAULT_RESOLVED) continue;
    outOfMemory = true;
    return;
  }
  // The batch was counted already.
  if (isFetch) counters.fetchReferences--;
  else counters.dataReferences--;
  if (writes) counters.storeReferences--;
  noteRecent(page, isFetch, writes);
}

/** Whether a TLB has all that `access` to the page of `va` needs; then it has been used. Everything is allowed here, so nothing is checked. */
function isUsed(va: u64, access: u32): bool {
  const caches = changetype<HierarchyCaches>(<usize>0);
  if (!caches.find(va, access) || (access & ACCESS_WRITE && !(found.translation & PTE_D))) return false;
  caches.commit(va, access, found.translation, found.where);
  return true;
}
