/** Takes the place of config/policies.ts in the page, whose kernel has LRU and FIFO only: they allow any ways. */
import type { Policy } from "../config/types.ts";

export const AVAILABLE_POLICIES: readonly Policy[] = ["lru", "fifo"];
export const DEFAULT_SEED: number = 1;

export function checkPolicy(): void {}

export function allowsWays(): boolean {
  return true;
}

export function tellsSecondHits(): boolean {
  return false;
}
