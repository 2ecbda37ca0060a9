/** Parts that the descriptions of many CPUs share: rules of TLBs, and what stands in for what nobody has told. */

import type { Policy } from "../types.ts";
import { assumed, type Speaker } from "./claims.ts";
import type { ArrayDescription, Sourced, TableEntry, TlbDescription } from "./description.ts";

/** The rules of a first-level TLB, by the word of `say`: walks fill it, and so do hits below. */
export function upperRules(say: Speaker): Pick<TlbDescription, "filledByWalks" | "filledByHitsBelow"> {
  return { filledByWalks: say(true), filledByHitsBelow: say(true) };
}

/** The rules of a second-level TLB, by the word of `say`: walks fill it, and it takes no notice of the TLBs above. */
export function lowerRules(
  say: Speaker,
): Pick<TlbDescription, "filledByWalks" | "takesVictims" | "exclusive" | "inclusive" | "touchedByHitsAbove"> {
  return {
    filledByWalks: say(true),
    takesVictims: say(false),
    exclusive: say(false),
    inclusive: say(false),
    touchedByHitsAbove: say(false),
  };
}

/** For TLBs whose rules nobody measured. */
export const RULES_UNKNOWN = assumed(
  "not measured on this core; as TLB;DR (USENIX Security 2022) measured on Intel's Ivy Bridge, Haswell and Kaby Lake",
);

/** For fully associative arrays and for ways that are no power of two. */
export const LRU: Sourced<"lru"> = assumed("not measured; LRU stands for whatever it is")("lru");

/** For arrays of 2^n ways. */
export const PLRU: Sourced<"tree-plru"> = assumed("not measured; a tree is the usual stand-in for LRU in 2^n ways")(
  "tree-plru",
);

/** Of so many ways, for arrays whose policy nobody measured: a tree where 2^n ways allow one. */
export function policyOf(ways: Sourced<number>): Sourced<Policy> {
  return Number.isInteger(Math.log2(ways.value)) ? PLRU : LRU;
}

/** Where nobody found out which bits choose the set. */
export const LOW_BITS: Sourced<"modulo"> = assumed("not measured; the low bits of the page number")("modulo");

/** Where no ways are told, of arrays so small that they need no sets. */
export const FULL: Sourced<"full"> = assumed("not stated; so few entries need no sets")("full");

/** A walk cache without sets for one kind of entry, or for several. */
export function walkCache(
  name: string,
  holds: readonly TableEntry[],
  entries: Sourced<number>,
): ArrayDescription & { name: string } {
  return { name, holds, entries, ways: FULL, policy: LRU };
}

const SIZE_UNKNOWN = assumed("no source gives the sizes of this core's walk caches; as in the generic CPU");

/** Walk caches of 4-level tables that nobody gives the sizes of. */
export const WALK_CACHES_UNKNOWN = [
  walkCache("PDE", ["pde"], SIZE_UNKNOWN(32)),
  walkCache("PDPTE", ["pdpte"], SIZE_UNKNOWN(4)),
  walkCache("PML4E", ["pml4e"], SIZE_UNKNOWN(2)),
];
