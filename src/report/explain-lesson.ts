/** What a canonical address is, for whoever used one that is not: as data, without layout. */
import { allDigits } from "./explain-fields.ts";
import type { Explanation } from "./explanation.ts";

/** Heading of the lesson about canonical addresses. */
export const LESSON_TITLE = "What a canonical address is";

/** What the processor did about a non-canonical address. */
export const REFUSAL =
  "It tested the bits before anything else: no TLB was looked up, no page table was read, so that it is of no " +
  "consequence what they map. The error code is 0, and CR2 keeps what it had: the address is recorded nowhere.";

/** The lesson, which the picture of the address space follows. */
export function lessonText(addressBits: Explanation["addressBits"]): string {
  const levels = addressBits === 57 ? "five" : "four";
  const bits = addressBits === 57 ? "57 of them (5 * 9 + 12)" : "48 of them (4 * 9 + 12)";
  return (
    `A pointer has 64 bits, but the ${levels} levels of tables translate only ${bits}. The processor insists that the ` +
    "others repeat the highest of those, as in the sign extension of a number, so that no program keeps something " +
    "else there and breaks where addresses get longer. That leaves two halves, and between them a hole in which " +
    "there are no addresses:"
  );
}

/** A part of what 64 bits can name. */
export interface AddressSpacePart {
  name: "upper half" | "the hole" | "lower half";
  /** First and last byte, in all digits. */
  first: string;
  last: string;
  size: string;
  /** What all its addresses have in common, and who uses them; `null` of the hole. */
  bits: string | null;
  users: string | null;
}

/** The address space, the highest part first. */
export function addressSpaceParts(addressBits: Explanation["addressBits"]): AddressSpacePart[] {
  const half = 1n << BigInt(addressBits - 1);
  const upper = 2n ** 64n - half;
  const size = addressBits === 57 ? "64 PiB" : "128 TiB";
  const ratio = addressBits === 57 ? "127 times both halves" : "65,535 times both halves";
  const part = (first: bigint, end: bigint) => ({ first: allDigits(first), last: allDigits(end - 1n) });
  const bits = `bits 63 to ${addressBits - 1} are`;
  return [
    { name: "upper half", ...part(upper, 2n ** 64n), size, bits: `${bits} 1`, users: "Linux and its data" },
    { name: "the hole", ...part(half, upper), size: ratio, bits: null, users: null },
    { name: "lower half", ...part(0n, half), size, bits: `${bits} 0`, users: "programs" },
  ];
}
