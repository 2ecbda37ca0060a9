/** What the kernel's encoders could not carry, in words. */
import { LOSSES, type LossCounter, type LossName } from "../kernel/encoder.ts";
import { counted } from "../report/format.ts";
import type { Losses } from "./encoder.ts";

/** Sentences about so many of each, in a format of that title. */
const WORDS: Readonly<Record<LossName, (times: number, title: string) => string>> = {
  instructions: (n, to) =>
    `${counted(n, "instruction that was not fetched", "instructions that were not fetched")}: ${to} has none`,
  threads: (n, to) => `threads were lost, with ${counted(n, "switch", "switches")} between them: ${to} has none`,
  pcs: (n, to) => `the instructions of ${counted(n, "record")} were lost: in ${to} data belong to the latest fetch`,
  unmaps: (n, to) => `${counted(n, "range")} of unmapped pages lost: ${to} has none`,
  protects: (n, to) => `${counted(n, "change", "changes")} of pages' rights lost: ${to} has none`,
  straddles: (n, to) => `${counted(n, "record")} that reached into the next page do so no more: ${to} has no sizes`,
  sizes: (n, to) => `sizes of ${counted(n, "record")} were lost: ${to} has none`,
  modifies: (n) => `${counted(n, "modify", "modifies")} became a load and a store each`,
  addedFetches: (n, to) =>
    `${counted(n, "fetch", "fetches")} added: a record of ${to} is a fetch with at most 4 loads and 2 stores, of ` +
    "which some instructions have more, or were not fetched",
  order: (n, to) => `${counted(n, "load")} moved in front of the stores of the same instruction: ${to} has loads first`,
  atZero: (n, to) => `${counted(n, "access", "accesses")} to address 0, which means none in ${to}`,
  withoutFetch: (n, to) => `${counted(n, "access", "accesses")} before the first instruction; ${to} has none without`,
  nonCanonical: (n) => `${counted(n, "record")} with addresses that are not canonical, which refer to no page`,
};

const LEFT_OUT: readonly LossName[] = ["atZero", "withoutFetch", "nonCanonical"];

/** What `encoder`, of a format of that title, lost. */
export function lossesOf(encoder: LossCounter, title: string): Losses {
  const counts = encoder.losses();
  const sentences = (names: readonly LossName[]) =>
    names.filter((name) => counts[name] > 0).map((name) => WORDS[name](counts[name], title));
  return {
    notes: sentences(LOSSES.filter((name) => !LEFT_OUT.includes(name))),
    leftOut: sentences(LEFT_OUT),
    firstLeftOut: encoder.firstLostRecord(),
  };
}
