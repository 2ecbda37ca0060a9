/**
 * LiME, format version 1 (doc/README.md of the 504ensicsLabs/LiME repository): for each range of physical memory a
 * header and the bytes of the range. All numbers are little endian.
 *
 *   0        4        8                16               24               32     byte
 *   ├────────┼────────┼────────────────┼────────────────┼────────────────┼───────▶
 *   │ "EMiL" │ version│ first address  │ last address   │ reserved       │ bytes
 *   └────────┴────────┴────────────────┴────────────────┴────────────────┴───────
 */
import { DumpError } from "../errors.ts";
import { hexBytes } from "../trace/bytes.ts";
import type { DumpBytes } from "./bytes.ts";
import { ascending, type Layout, MAX_SEGMENTS, overlapIn, PHYSICAL_END, type Segment } from "./layout.ts";

const HEADER_BYTES = 32;
/** "EMiL" as a little-endian number. */
const LIME_MAGIC = 0x4c694d45;
const VERSION = 1;

/** Walks the headers, in ascending order. Rejects with DumpError if one is torn, wrong, or overlaps another's range. */
export async function readLime(bytes: DumpBytes): Promise<Layout> {
  const segments: Segment[] = [];
  for (let offset = 0; ; ) {
    const header = await bytes.read(offset, HEADER_BYTES);
    if (header.length === 0) break;
    if (header.length < HEADER_BYTES) {
      const reason =
        `the file is truncated: it ends after ${header.length} of the ${HEADER_BYTES} bytes of a LiME header; ` +
        "was the disk full, or did a copy break off?";
      throw new DumpError(reason, { path: bytes.path, byteOffset: offset + header.length }, "truncated");
    }
    if (segments.length === MAX_SEGMENTS) {
      throw new DumpError(
        `has more than ${MAX_SEGMENTS} LiME ranges`,
        { path: bytes.path, byteOffset: offset },
        "corrupt",
      );
    }
    const { start, end } = rangeIn(header, { path: bytes.path, byteOffset: offset }, segments.at(-1));
    offset += HEADER_BYTES;
    segments.push({ start, end, offset });
    offset += end - start;
  }
  const last = segments.at(-1);
  if (last !== undefined) refuseCutRange(last, await bytes.size(), bytes.path);
  refuseOverlap(segments, bytes.path);
  return { segments: ascending(segments), cpus: [] };
}

/** Returns the range that `header` announces, its end exclusive. */
function rangeIn(
  header: Uint8Array,
  at: { path: string; byteOffset: number },
  before: Segment | undefined,
): { start: number; end: number } {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  if (view.getUint32(0, true) !== LIME_MAGIC) {
    const found = hexBytes(header.subarray(0, 4));
    const where = before === undefined ? "" : ` after the range ${rangeText(before)}`;
    const cause =
      before === undefined ? "" : "; the header of that range is damaged, or bytes were lost or inserted within it";
    throw new DumpError(`found ${found}, expected a LiME header (45 4d 69 4c)${where}${cause}`, at, "corrupt");
  }
  const version = view.getUint32(4, true);
  if (version !== VERSION) {
    throw new DumpError(`found a LiME header of version ${version}, expected version ${VERSION}`, at, "corrupt");
  }
  const start = view.getBigUint64(8, true);
  const last = view.getBigUint64(16, true);
  if (last < start || last >= PHYSICAL_END) {
    throw new DumpError(
      `found a LiME range from 0x${start.toString(16)} to 0x${last.toString(16)}, expected one that ends at or above ` +
        "its beginning and below 2^52; the header is damaged",
      at,
      "corrupt",
    );
  }
  return { start: Number(start), end: Number(last) + 1 };
}

function refuseCutRange(last: Segment, size: number, path: string): void {
  const from = last.offset ?? 0;
  const stored = Math.max(0, size - from);
  const length = last.end - last.start;
  if (stored >= length) return;
  throw new DumpError(
    `the file is truncated: it ends after ${stored} of the ${length} bytes of the LiME range ${rangeText(last)}; ` +
      "was the disk full, or did a copy break off?",
    { path, byteOffset: size, physicalAddress: BigInt(last.start + stored) },
    "truncated",
  );
}

function refuseOverlap(segments: readonly Segment[], path: string): void {
  const overlap = overlapIn(ascending(segments));
  if (overlap === null) return;
  const [before, after] = overlap;
  throw new DumpError(
    `the LiME ranges ${rangeText(before)} and ${rangeText(after)} overlap; a header is damaged, or two dumps were put ` +
      "into one file",
    { path, byteOffset: (after.offset ?? 0) - HEADER_BYTES, physicalAddress: BigInt(after.start) },
    "corrupt",
  );
}

/** As LiME and /proc/iomem write it: the last address is in the range. */
function rangeText({ start, end }: Segment): string {
  return `0x${start.toString(16)}-0x${(end - 1).toString(16)}`;
}
