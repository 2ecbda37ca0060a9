/**
 * What processes read, write and fetch: bytes at any address, each access through TLBs, walk and rights of the processor,
 * its faults resolved by the operating system. An access is judged whole before it does anything.
 *
 * The host asks hit…() first, which answer where a reference changes nothing but counts (recent.ts). They never trap and
 * take addresses as f64, since a bigint takes longer to make than all else here. Everything else goes through moveBytes().
 */
import { counters } from "../counters";
import { PAGE_BYTES, PAGE_SHIFT, VA_BITS, isCanonical } from "../paging";
import { makeBytes } from "../processor/memory";
import { OUTCOME_DONE, physicalAddress } from "../processor/result";
import { ACCESS_FETCH, ACCESS_USER, ACCESS_WRITE } from "../processor/rights";
import { access } from "./access";
import { FAULT_FORBIDDEN, FAULT_NOT_MAPPED, FAULT_NO_TABLES, FAULT_RESOLVED, allows, resolveFault } from "./fault";
import { current } from "./process";
import { forgetRecent, noteRecent, recentBytes } from "./recent";
import { followsUses, noteUse } from "./uses";

/** An address that is not canonical: SIGSEGV, SI_KERNEL. Beside the FAULT_ of fault.ts. */
export const FAULT_NON_CANONICAL: u32 = 64;

/** Bytes that one instruction loads or stores at most here, and that one is long at most: SDM Vol. 2, "Instruction Format". */
const MAX_DATA_BYTES: u64 = 8;
const MAX_INSTRUCTION_BYTES: u64 = 15;

/** Between the host and moveBytes(): as many bytes as that moves at most. */
const BUFFER: usize = memory.data(4096, 8);

/** First byte that the access judged last may not use. */
let stoppedAt: u64 = 0;

/** Where the program's bytes for a load, a store or a fetch lie that is a hit of the page used last in its set; else 0. */
@final
@unmanaged
class Hits {
  @inline
  load(address: f64, size: u32): usize {
    const va = <u64>address;
    const at = <f64>va == address ? recentBytes.find(va, size, false, false) : 0;
    if (at != 0) {
      counters.loads++;
      counters.dataReferences++;
    }
    return at;
  }

  @inline
  store(address: f64, size: u32): usize {
    const va = <u64>address;
    const at = <f64>va == address ? recentBytes.find(va, size, false, true) : 0;
    if (at != 0) {
      counters.stores++;
      counters.dataReferences++;
      counters.storeReferences++;
    }
    return at;
  }

  @inline
  fetch(address: f64, size: u32): usize {
    const va = <u64>address;
    const at = <f64>va == address ? recentBytes.find(va, size, true, false) : 0;
    if (at != 0) {
      counters.fetches++;
      counters.fetchReferences++;
    }
    return at;
  }
}

const hits = changetype<Hits>(<usize>0);

/** The value at `address`; -1 if it is no hit. */
export function hitLoad8(address: f64): i32 {
  const at = hits.load(address, 1);
  return at == 0 ? -1 : load<u8>(at);
}

export function hitLoad16(address: f64): i32 {
  const at = hits.load(address, 2);
  return at == 0 ? -1 : load<u16>(at);
}

export function hitLoad32(address: f64): f64 {
  const at = hits.load(address, 4);
  return at == 0 ? -1 : <f64>load<u32>(at);
}

export function hitFetch16(address: f64): i32 {
  const at = hits.fetch(address, 2);
  return at == 0 ? -1 : load<u16>(at);
}

export function hitFetch32(address: f64): f64 {
  const at = hits.fetch(address, 4);
  return at == 0 ? -1 : <f64>load<u32>(at);
}

/** Stores `value`, and returns 1; 0 if it is no hit. */
export function hitStore8(address: f64, value: i32): i32 {
  const at = hits.store(address, 1);
  if (at != 0) store<u8>(at, <u8>value);
  return <i32>(at != 0);
}

export function hitStore16(address: f64, value: i32): i32 {
  const at = hits.store(address, 2);
  if (at != 0) store<u16>(at, <u16>value);
  return <i32>(at != 0);
}

export function hitStore32(address: f64, value: i32): i32 {
  const at = hits.store(address, 4);
  if (at != 0) store<i32>(at, value);
  return <i32>(at != 0);
}

/** Where `size` bytes lie for the host to read at once; 0 if it is no hit. */
export function hitLoadAt(address: f64, size: i32): i32 {
  return <i32>hits.load(address, size);
}

/** The same for bytes that it writes. */
export function hitStoreAt(address: f64, size: i32): i32 {
  return <i32>hits.store(address, size);
}

/** Address of the buffer of moveBytes(), which has PAGE_BYTES. */
export function bytesBuffer(): usize {
  return BUFFER;
}

/** First byte that the access which was judged last may not use. */
export function stoppedAddress(): u64 {
  return stoppedAt;
}

/**
 * Whether the current process may make `kind` (ACCESS_FETCH, ACCESS_WRITE or 0) of `size` bytes at `va`, 1 or more: a
 * FAULT_. If not, the processor has made the access to the byte at stoppedAddress(), and `result` tells of its fault.
 *
 * What one instruction does is not canonical if any byte is not; what is longer is the same as one byte after the other.
 */
export function judgeBytes(va: u64, size: u64, kind: u32): u32 {
  const answer = judgeAll(va, size, kind);
  if (answer == FAULT_RESOLVED) return answer;
  const outcome = access(stoppedAt, 1, ACCESS_USER | kind);
  assert(outcome != OUTCOME_DONE);
  forgetRecent();
  if (answer != FAULT_NON_CANONICAL) counters.protections++;
  return answer;
}

function judgeAll(va: u64, size: u64, kind: u32): u32 {
  const last = (va + size - 1) >> PAGE_SHIFT;
  let page = va >> PAGE_SHIFT;
  stoppedAt = va;
  if (!isCanonical(page)) return FAULT_NON_CANONICAL;
  if (size <= (kind & ACCESS_FETCH ? MAX_INSTRUCTION_BYTES : MAX_DATA_BYTES) && !isCanonical(last)) {
    stoppedAt = (<u64>1) << (VA_BITS - 1);
    return FAULT_NON_CANONICAL;
  }
  // Nothing is mapped where addresses end or are not canonical, so that it ends there.
  while (true) {
    const vma = current.vmas.find(page);
    if (vma == null) return FAULT_NOT_MAPPED;
    if (!allows(vma, kind)) return FAULT_FORBIDDEN;
    if (vma.last >= last) break;
    page = vma.last + 1;
    stoppedAt = page << PAGE_SHIFT;
  }
  return FAULT_RESOLVED;
}

/**
 * Moves `size` bytes, 1..PAGE_BYTES, between the buffer and the current process at `va`: into the process if `kind` has
 * ACCESS_WRITE. Returns a FAULT_. Nothing is moved unless all may be (judgeBytes()); only where memory runs out, what was
 * moved stays so: FAULT_NO_TABLES, FAULT_OUT_OF_MEMORY.
 */
export function moveBytes(va: u64, size: u32, kind: u32): u32 {
  if (kind & ACCESS_FETCH) counters.fetches++;
  else if (kind & ACCESS_WRITE) counters.stores++;
  else counters.loads++;
  const answer = judgeBytes(va, size, kind);
  if (answer != FAULT_RESOLVED) return answer;
  const first = min(size, PAGE_BYTES - (<u32>va & (PAGE_BYTES - 1)));
  const moved = moveInPage(va, first, kind, BUFFER);
  if (first == size || moved != FAULT_RESOLVED) return moved;
  counters.straddles++;
  return moveInPage(va + first, size - first, kind, BUFFER + first);
}

/** moveBytes() at an address below 2^53: a bigint takes longer to make than all else. */
export function moveBytesAt(address: f64, size: u32, kind: u32): u32 {
  return moveBytes(<u64>address, size, kind);
}

function moveInPage(va: u64, size: u32, kind: u32, buffer: usize): u32 {
  const page = va >> PAGE_SHIFT;
  while (access(va, 1, ACCESS_USER | kind) != OUTCOME_DONE) {
    // The fault has invalidated what was cached of the page.
    forgetRecent();
    const answer = resolveFault(current, page, kind);
    if (answer != FAULT_RESOLVED) return answer;
  }
  if (followsUses && !noteUse(page)) return FAULT_NO_TABLES;
  const at = makeBytes(physicalAddress());
  if (at == 0) return FAULT_NO_TABLES;
  const writes = (kind & ACCESS_WRITE) != 0;
  noteRecent(page, (kind & ACCESS_FETCH) != 0, writes, at - <usize>(va & (PAGE_BYTES - 1)));
  if (writes) memory.copy(at, buffer, size);
  else memory.copy(buffer, at, size);
  return FAULT_RESOLVED;
}
