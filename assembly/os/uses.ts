/**
 * Uses of pages, for policies that go by every one of them (reclaim/): references one after the other to the same page are
 * one use. OPT is told the future: its first replay is one without a limit (use-list.ts).
 */
import { MOST_ENTRIES } from "../entries";
import { PAGE_NUMBER_BITS, PAGE_SHIFT, PTE_ADDRESS } from "../paging";
import { levelOf } from "../processor/entries";
import { RESULT_PAGE_TRANSLATION, resultPagesAddress } from "../processor/result";
import { UseList } from "../use-list";
import { osConfig } from "./config";
import { mappedFrame } from "./frames";
import { current } from "./process";
import { forgetRecent } from "./recent";
import { followsEveryUse, touched } from "./reclaim/index";
import { RECLAIM_OPT } from "./reclaim/ids";

/** The number of no page. */
const NO_PAGE: u64 = u64.MAX_VALUE;

/** Whether uses have to be told. */
export let followsUses: bool = false;
/** When the page that is used now is used next, as the host has numbered the uses; the largest number: never. */
export let nextUse: u32 = 0;

let latest: u64 = NO_PAGE;
/** Of pages with, in bits 63..52 of their numbers, whose they are. */
const uses = changetype<UseList>(memory.data(offsetof<UseList>(), 8));

/** Starts before the first use. False if there is no memory left. */
export function startUses(): bool {
  followsUses = osConfig.listsUses != 0 || (osConfig.memoryFrames != 0 && followsEveryUse());
  latest = NO_PAGE;
  nextUse = 0;
  if (osConfig.listsUses == 0 && osConfig.reclaim != RECLAIM_OPT) return true;
  return uses.start(usesRoom(), osConfig.listsUses != 0);
}

/** Starts the list again, before a piece of entries. */
export function restartList(): void {
  uses.restart();
}

/** Uses that were listed, or taken from the list, since then. */
export function usesCount(): u32 {
  return uses.count;
}

/** Most uses that a piece of entries can make: two a record. The list has room for them. */
export function usesRoom(): u32 {
  return 2 * MOST_ENTRIES;
}

/** Where the list lies. */
export function usesAddress(): usize {
  return uses.address;
}

/** Another process runs, whose page of that number is another one. */
export function forgetUse(): void {
  latest = NO_PAGE;
}

/** Tells of the access to `page` that was made just now. False if there is no memory left. */
export function noteUse(page: u64): bool {
  forgetRecent(); // so that only references to this page are not told
  if (page == latest) return true;
  latest = page;
  if (osConfig.listsUses) return uses.list(page | ((<u64>current.index) << PAGE_NUMBER_BITS));
  if (osConfig.reclaim == RECLAIM_OPT) nextUse = uses.take();
  const translation = load<u64>(resultPagesAddress() + <usize>RESULT_PAGE_TRANSLATION);
  touched(mappedFrame((translation & PTE_ADDRESS) >> PAGE_SHIFT, levelOf(translation)));
  return true;
}
