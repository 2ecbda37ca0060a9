/**
 * The futures of TLBs with policy OPT (policies/opt.ts): the lookups of each are listed in one replay, and known in the next. Those of
 * level 1 are the references of its kinds; those of another level do not depend on it, but on the levels above, if its lookups change
 * nothing there (src/config/cpus/opt.ts).
 */
import { make } from "../arena";
import { BATCH_WORDS } from "../layout";
import { levelOf, shiftOf } from "../processor/entries";
import { NEVER, UseList } from "../use-list";
import { FUTURE_KNOWN, FUTURE_LISTED, FUTURE_NONE, hierarchyConfig } from "./config";
import { HierarchyTlb, arrayAt, tlbAt } from "./tlbs";

/** Whether any TLB has a future, and whether there was no memory for what is listed. */
export let followsLookups: bool = false;
export let futureIsLost: bool = false;

/** Starts before the TLBs do. */
export function startLookups(): void {
  followsLookups = false;
  futureIsLost = false;
}

/** Gives `tlb` its future, if it has one. False if there is no memory left. */
export function startFuture(tlb: HierarchyTlb): bool {
  tlb.nextUse = NEVER;
  if (tlb.config.future == FUTURE_NONE) return true;
  followsLookups = true;
  const uses = make<UseList>();
  if (uses == null) return false;
  tlb.uses = uses;
  return uses.start(lookupsRoom(), tlb.config.future == FUTURE_LISTED);
}

/** Starts the lists again, before a batch. */
export function restartLookups(): void {
  if (!followsLookups) return;
  for (let number: u32 = 0; number < hierarchyConfig.tlbs; number++) {
    if (tlbAt(number).config.future != FUTURE_NONE) tlbAt(number).uses.restart();
  }
}

/** Tells `tlb` that the page of `va` is looked up, which has `translation`. */
export function noteLookup(tlb: HierarchyTlb, va: u64, translation: u64): void {
  if (tlb.config.future == FUTURE_KNOWN) {
    tlb.nextUse = tlb.uses.take();
  } else if (tlb.config.future == FUTURE_LISTED) {
    if (!tlb.uses.list(va >> <u64>shiftOf(levelIn(tlb, levelOf(translation))))) futureIsLost = true;
  }
}

/** The level at which `tlb` holds pages of leaf level `level`, or that if it does not. */
function levelIn(tlb: HierarchyTlb, level: u32): u32 {
  let held: u32 = 0;
  const first = tlb.config.firstArray;
  for (let array = first; array < first + tlb.config.arrays; array++) held = max(held, arrayAt(array).levelHeld(level));
  return held == 0 ? level : held;
}

/** Lookups that one batch can make in one TLB: two for each word. */
export function lookupsRoom(): u32 {
  return 2 * BATCH_WORDS;
}

/** Where those of a TLB with a future stand, u32 each (use-list.ts), and how many the latest batch made. */
export function lookupsAddress(tlb: u32): usize {
  return tlbAt(tlb).uses.address;
}

export function lookupsCount(tlb: u32): u32 {
  return tlbAt(tlb).uses.count;
}
