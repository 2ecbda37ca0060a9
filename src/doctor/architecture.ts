/** What machine a trace was probably recorded on, by its addresses and sizes alone. */
import type { ArchitectureGuess } from "../report/results.ts";
import { type TouchedPages, UPPER_HALF_PAGE, VSYSCALL_PAGE } from "./regions.ts";

/** What of a trace it is told by. */
export interface AddressEvidence {
  fetches: number;
  /** Fetches of 4 bytes at a multiple of 4. */
  wordFetches: number;
  /** By size: a format that does not tell sizes has the same for all; `null` if none are known. */
  sizes: readonly { data: number }[] | null;
  /** Addresses that are not canonical but of a user space of 48 bits, and such with a tag in the top byte. */
  upperUserAddresses: number;
  taggedAddresses: number;
}

/** Fetches below which equal sizes may be chance. */
const MANY_FETCHES = 1000;
/** Page numbers of 32-bit addresses. */
const PAGES_OF_32_BITS = 2 ** 20;

export function guessArchitecture({ numbers }: TouchedPages, evidence: AddressEvidence): ArchitectureGuess {
  let highestLower = -1;
  let kernelHalf = false;
  for (let at = 0; at < numbers.length; at++) {
    const page = numbers[at] ?? 0;
    if (page < UPPER_HALF_PAGE) highestLower = page;
    else if (page !== VSYSCALL_PAGE) kernelHalf = true;
  }
  const lowerHalfBits = highestLower < 0 ? 0 : 12 + Math.ceil(Math.log2(highestLower + 1));
  const is32Bits = highestLower >= 0 && highestLower < PAGES_OF_32_BITS && !kernelHalf;
  const tellsSizes = (evidence.sizes ?? []).filter(({ data }) => data > 0).length > 1;
  const hasWords = tellsSizes && evidence.fetches >= MANY_FETCHES && evidence.wordFetches === evidence.fetches;
  const isArm = evidence.upperUserAddresses + evidence.taggedAddresses > 0;
  const guess = isArm
    ? "aarch64"
    : hasWords
      ? "fixed-4"
      : numbers.length === 0
        ? "unknown"
        : is32Bits
          ? "32-bit"
          : "x86-64";
  return { guess, kernelHalf, lowerHalfBits };
}
