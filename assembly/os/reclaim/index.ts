/**
 * The contract of a policy that says which page goes when memory is full, and the one place that knows them all.
 *
 * A policy is a class without fields; there is one list of pages for all of them.
 * - `enter(frame, before)`: a page came in. `before`: it is a part of that page, which leaves once all parts have entered;
 *   they take its place, if the policy has an order of places. False if there is no memory left.
 * - `leave(frame)`: it is gone.
 * - `touched(frame)`: it is used, and was not the page that was used last. Only of policies that need it: followsEveryUse()
 *   names them.
 * - `victim()`: the page that goes, or `null` if there are none. It stays until leave() is called.
 *
 * To add one: its file, its number in ids.ts, its line in each function here and in src/kernel/os.ts, its name in
 * src/config/os-config.ts.
 */
import { osConfig } from "../config";
import { Frame } from "../frames";
import { Fifo } from "./fifo";
import { RECLAIM_FIFO, RECLAIM_LRU, RECLAIM_OPT, RECLAIM_RANDOM } from "./ids";
import { Lru } from "./lru";
import { Opt, startOpt } from "./opt";
import { startOrder } from "./order";
import { Random, startRandom } from "./random";
import { SecondChance } from "./second-chance";

const fifo = changetype<Fifo>(<usize>0);
const lru = changetype<Lru>(<usize>0);
const random = changetype<Random>(<usize>0);
const opt = changetype<Opt>(<usize>0);
const secondChance = changetype<SecondChance>(<usize>0);

/** Starts without pages. False if there is no memory left. */
export function startReclaim(): bool {
  startOrder();
  return startRandom() && startOpt();
}

/** Whether the policy has to be told of every use. */
export function followsEveryUse(): bool {
  return osConfig.reclaim == RECLAIM_LRU || osConfig.reclaim == RECLAIM_OPT;
}

export function enter(frame: Frame, before: Frame | null): bool {
  frame.listed = 1;
  if (osConfig.reclaim == RECLAIM_FIFO) return fifo.enter(frame, before);
  if (osConfig.reclaim == RECLAIM_LRU) return lru.enter(frame, before);
  if (osConfig.reclaim == RECLAIM_RANDOM) return random.enter(frame, before);
  if (osConfig.reclaim == RECLAIM_OPT) return opt.enter(frame, before);
  return secondChance.enter(frame, before);
}

export function leave(frame: Frame): void {
  frame.listed = 0;
  if (osConfig.reclaim == RECLAIM_FIFO) fifo.leave(frame);
  else if (osConfig.reclaim == RECLAIM_LRU) lru.leave(frame);
  else if (osConfig.reclaim == RECLAIM_RANDOM) random.leave(frame);
  else if (osConfig.reclaim == RECLAIM_OPT) opt.leave(frame);
  else secondChance.leave(frame);
}

/** To be called only if followsEveryUse(). */
export function touched(frame: Frame): void {
  if (osConfig.reclaim == RECLAIM_LRU) lru.touched(frame);
  else opt.touched(frame);
}

export function victim(): Frame | null {
  if (osConfig.reclaim == RECLAIM_FIFO) return fifo.victim();
  if (osConfig.reclaim == RECLAIM_LRU) return lru.victim();
  if (osConfig.reclaim == RECLAIM_RANDOM) return random.victim();
  if (osConfig.reclaim == RECLAIM_OPT) return opt.victim();
  return secondChance.victim();
}
