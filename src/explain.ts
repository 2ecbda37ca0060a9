/** Why addresses are what they are to the processor, step by step, as data. */
import { parseAddress } from "./explain/addresses.ts";
import { BATCH_ADDRESSES, Explainer } from "./explain/explainer.ts";
import type { ExplainOptions } from "./explain/options.ts";
import type { Explanation } from "./report/explanation.ts";

export type { EntryChange, ExplainOptions } from "./explain/options.ts";

/**
 * Explains how each address is translated, or why it is not, by the page tables of a memory dump, or without one of a
 * small example process. Each is explained on its own, by the tables as they are in the dump, but for `entries`: no TLB
 * answers, and A and D stay as they were. The results come in the order of the addresses, batch by batch.
 *
 * Addresses are 0 to 2^64 - 1, or text: `0x7f12…`. Throws ConfigError if one is not, or an option is not what it may be,
 * DumpError if the dump cannot be read. A table that lies outside the dump is told in `error` of the explanation.
 */
export async function* explain(
  addresses: Iterable<bigint | string> | AsyncIterable<bigint | string>,
  options: ExplainOptions = {},
): AsyncGenerator<Explanation, void> {
  const explainer = await Explainer.open(options);
  try {
    let batch: bigint[] = [];
    // A string would be iterated by its characters.
    for await (const address of typeof addresses === "string" ? [addresses] : addresses) {
      batch.push(parseAddress(address));
      if (batch.length < BATCH_ADDRESSES) continue;
      yield* await explainer.explainAll(batch);
      batch = [];
    }
    yield* await explainer.explainAll(batch);
  } finally {
    await explainer.close();
  }
}
