/** Records as the words of a batch, which no decoder has thinned out. */
import type { Kernel } from "../../src/kernel/kernel.ts";
import type { Access } from "../reference/access.ts";

const KINDS = ["fetch", "load", "store", "modify"];

/** Puts `records` into the batch of `kernel`, every one a word, and replays them. */
export function replayWords(kernel: Kernel, records: readonly Access[]): void {
  kernel.setBatch(BigUint64Array.from(records, wordOf), kindsOf(records));
  kernel.run();
}

/** The word of assembly/layout.ts, from its picture there. */
function wordOf({ kind, va, size }: Access): bigint {
  const straddles = (va & 4095n) + BigInt(size) > 4096n;
  return ((va >> 12n) << 6n) | (BigInt(KINDS.indexOf(kind)) << 4n) | (straddles ? 1n << 63n : 0n);
}

function kindsOf(records: readonly Access[]): [number, number, number, number] {
  const count = (kind: Access["kind"]) => records.filter((record) => record.kind === kind).length;
  return [count("fetch"), count("load"), count("store"), count("modify")];
}
