/** Page tables made by hand, in a raw dump, and explanations as arrays. */
import { type ExplainOptions, explain } from "../../src/explain.ts";
import type { Explanation } from "../../src/report/explanation.ts";

export const P = 1n;
export const RW = 2n;
export const US = 4n;
export const PS = 0x80n;
export const XD = 1n << 63n;

/** A dump of `bytes` zeros, but for the u64 `entries` at their physical addresses. */
export function dumpOf(entries: Readonly<Record<number, bigint>>, bytes = 0x10000): Uint8Array {
  const dump = new DataView(new ArrayBuffer(bytes));
  for (const [address, entry] of Object.entries(entries)) dump.setBigUint64(Number(address), entry, true);
  return new Uint8Array(dump.buffer);
}

export async function explainAll(
  addresses: Iterable<bigint | string> | AsyncIterable<bigint | string>,
  options: ExplainOptions = {},
): Promise<Explanation[]> {
  const explanations: Explanation[] = [];
  for await (const explanation of explain(addresses, options)) explanations.push(explanation);
  return explanations;
}

export async function explainOne(address: bigint | string, options: ExplainOptions = {}): Promise<Explanation> {
  const [explanation] = await explainAll([address], options);
  if (explanation === undefined) throw new Error("no explanation");
  return explanation;
}
