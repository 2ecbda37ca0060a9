/**
 * Uses of pages, for policies that go by every one of them (reclaim/): references one after the other to the same page are
 * one use. OPT is told the future: a first replay without a limit lists for each use which one was the latest before it of
 * the same page; of that the host makes a list of the next uses for the second one.
 */
import { place } from "../arena";
import { MOST_ENTRIES } from "../entries";
import { PAGE_NUMBER_BITS, PAGE_SHIFT, PTE_ADDRESS } from "../paging";
import { levelOf } from "../processor/entries";
import { RESULT_PAGE_TRANSLATION, resultPagesAddress } from "../processor/result";
import { Pages } from "../sweep/pages";
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
/** Uses that were listed, in all. */
let uses: u32 = 0;
/** The pages of the list, each with the number of its latest use, from 1; in bits 63..52 of their numbers is whose they are. */
const pages = changetype<Pages>(memory.data(offsetof<Pages>(), 8));

/** u32 each: of the uses that one piece of entries makes, when the page was used before (0: never), or is used next. */
let list: usize = 0;
/** The next one in the list. */
let at: usize = 0;

/** Starts before the first use. False if there is no memory left. */
export function startUses(): bool {
  followsUses = osConfig.listsUses != 0 || (osConfig.memoryFrames != 0 && followsEveryUse());
  latest = NO_PAGE;
  uses = 0;
  nextUse = 0;
  list = 0;
  if (osConfig.listsUses == 0 && osConfig.reclaim != RECLAIM_OPT) return true;
  list = place((<usize>usesRoom()) << 2);
  return list != 0 && pages.configure();
}

/** Starts the list again, before a piece of entries. */
export function restartList(): void {
  at = list;
}

/** Uses that were listed, or taken from the list, since then. */
export function usesCount(): u32 {
  return <u32>(at - list) >> 2;
}

/** Most uses that a piece of entries can make: two a record. The list has room for them. */
export function usesRoom(): u32 {
  return 2 * MOST_ENTRIES;
}

/** Where the list lies. */
export function usesAddress(): usize {
  return list;
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
  if (osConfig.listsUses) return listUse(page | ((<u64>current.index) << PAGE_NUMBER_BITS));
  if (osConfig.reclaim == RECLAIM_OPT) {
    nextUse = load<u32>(at);
    at += 4;
  }
  const translation = load<u64>(resultPagesAddress() + <usize>RESULT_PAGE_TRANSLATION);
  touched(mappedFrame((translation & PTE_ADDRESS) >> PAGE_SHIFT, levelOf(translation)));
  return true;
}

function listUse(page: u64): bool {
  const isKnown = load<u64>(pages.placeOf(page)) != 0;
  const record = pages.recordOf(page);
  if (record == 0) return false;
  store<u32>(at, isKnown ? load<u32>(record, 8) : 0);
  at += 4;
  store<u32>(record, ++uses, 8);
  return true;
}
