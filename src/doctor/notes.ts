/** What of a good trace is worth a second look: each by evidence, none of it an error. */
import type { ArchitectureGuess, Region, TraceNote } from "../report/results.ts";

/** What of a trace there is to judge by. */
export interface NoteEvidence {
  architecture: ArchitectureGuess;
  regions: readonly Region[];
  /** Whether the format is made by recorders that see virtual addresses only. */
  isVirtual: boolean;
  fetches: number;
  data: number;
  /** Records to one of the lines of 64 bytes that their stream used lately; `null` if nothing is known of lines. */
  nearFetches: number | null;
  nearData: number | null;
  wideAddresses: number;
  taggedAddresses: number;
  /** Of a trace of text. */
  lines: { skipped: number; damaged: number; records: number; endInCarriageReturn: boolean } | null;
  trailingZeros: number;
}

/** Records of a stream below which too little is known of it. */
const MANY_RECORDS = 10_000;
/** A cache filter leaves fewer repetitions than this share: real code and data have nine in ten. */
const FILTERED_SHARE = 0.005;
/** Physical memory of machines that people trace ends below this many bits. */
const PHYSICAL_BITS = 40;
const MANY_ZEROS = 16;

const NOTES: readonly { note: TraceNote; applies: (evidence: NoteEvidence) => boolean }[] = [
  { note: "filtered", applies: isFiltered },
  { note: "physical", applies: mayBePhysical },
  { note: "other-architecture", applies: ({ architecture: { guess } }) => guess === "aarch64" || guess === "fixed-4" },
  { note: "tagged-addresses", applies: ({ taggedAddresses }) => taggedAddresses > 0 },
  { note: "wide-addresses", applies: ({ wideAddresses }) => wideAddresses > 0 },
  { note: "no-fetches", applies: ({ fetches, data }) => fetches === 0 && data > 0 },
  { note: "trailing-zeros", applies: ({ lines, trailingZeros }) => lines !== null && trailingZeros >= MANY_ZEROS },
  { note: "carriage-returns", applies: ({ lines }) => lines?.endInCarriageReturn === true },
  { note: "damaged-lines", applies: ({ lines }) => lines !== null && lines.damaged > 0 },
  { note: "much-skipped", applies: ({ lines }) => lines !== null && lines.skipped > lines.records / 10 + 100 },
];

export function notesOn(evidence: NoteEvidence): TraceNote[] {
  return NOTES.filter(({ applies }) => applies(evidence)).map(({ note }) => note);
}

/** Whether lines hardly ever come back soon, in every stream that there is much of. */
function isFiltered({ fetches, data, nearFetches, nearData }: NoteEvidence): boolean {
  const streams = [
    { records: fetches, near: nearFetches },
    { records: data, near: nearData },
  ].filter(({ records }) => records >= MANY_RECORDS);
  return streams.length > 0 && streams.every(({ records, near }) => near !== null && near < records * FILTERED_SHARE);
}

/** Whether all addresses are low, of more than 32 bits or not, and nothing stands where stacks and libraries do. */
function mayBePhysical({ isVirtual, architecture, regions }: NoteEvidence): boolean {
  const { lowerHalfBits, kernelHalf } = architecture;
  if (isVirtual || kernelHalf || lowerHalfBits === 0 || lowerHalfBits > PHYSICAL_BITS) return false;
  return regions.every(({ guess }) => guess === null || guess === "program") && !looksLike32Bits(regions);
}

/** Programs of 32 bits have their stack below 0xc0000000 or 2^32, and shared libraries near it. */
function looksLike32Bits(regions: readonly Region[]): boolean {
  const highest = BigInt(regions.at(-1)?.address ?? 0);
  return highest >= 0xbf000000n && highest < 1n << 32n;
}
