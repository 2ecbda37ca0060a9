/** Translation in a run that is profiled: that of any run, and a note of when and where it missed. */
import { tick } from "../clock";
import { counters } from "../counters";
import { EVENT_MASK, WORD_PAGE_SHIFT } from "../layout";
import { l1d, l1i, translate, wordOf } from "../mmu";
import { isPlain, visitPages } from "../records";
import { endsInSegv } from "../segv";
import { Tlb } from "../tlb";
import { hasVmas, mayAccess } from "../vma-table";
import { walksForMisses } from "../walk";
import { configureBlocks, countMiss, startColumn } from "./blocks";
import { MAX_INTERVALS, configureIntervals, interval, passMark } from "./intervals";
import { noteProtection, resetProtections } from "./protections";

/** Misses of both L1 TLBs, and walks for misses, that were noted. */
let l1Misses: u64 = 0;
let walks: u64 = 0;

/** Starts the profile of a run of pages of 2^`pageShift` 4 KiB pages. False if there is no memory left. */
export function configureProfile(pageShift: u32): bool {
  l1Misses = 0;
  walks = 0;
  resetProtections();
  if (!configureIntervals() || !configureBlocks(pageShift, MAX_INTERVALS)) return false;
  startColumn(interval);
  return true;
}

/** Translator with a profile. It takes the words of events, too. */
@final
@unmanaged
export class ProfiledTranslator<P, L1 extends Tlb, L2 extends Tlb> {
  @inline
  translate(word: u64): void {
    translateProfiled<P, L1, L2>(word);
  }
}

function translateProfiled<P, L1 extends Tlb, L2 extends Tlb>(word: u64): void {
  if ((<u32>word & EVENT_MASK) != 0) return passMark();
  if (isPlain(word)) {
    translate<P, L1, L2>(word);
    return noteMisses(word >> WORD_PAGE_SHIFT);
  }
  if (hasVmas && !mayAccess(word) && endsInSegv(word)) return;
  const protections = counters.generalProtections;
  visitPages<ProfileEach<P, L1, L2>>(word);
  if (counters.generalProtections != protections) noteProtection(word);
}

/** Visitor that translates the pages of a record one by one, so that each has its own misses. */
@final
@unmanaged
class ProfileEach<P, L1 extends Tlb, L2 extends Tlb> {
  @inline
  visit(page: u64, kind: u32): void {
    translate<P, L1, L2>(wordOf(page, kind));
    noteMisses(page);
    tick();
  }
}

/** Notes what has missed since the last call, which is the translation of `page`. */
function noteMisses(page: u64): void {
  const missesNow = l1i.misses + l1d.misses;
  if (missesNow == l1Misses) return;
  l1Misses = missesNow;
  const walksNow = walksForMisses();
  countMiss(page, interval, walksNow != walks);
  walks = walksNow;
}
