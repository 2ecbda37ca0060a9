/** The bytes of a dump, decompressed, as the readers of the formats see them. */
import { DumpError, TraceError } from "../errors.ts";

/** Bytes that can be read at any offset; each read may cost a pass over the file, so ask in ascending order. */
export interface DumpBytes {
  readonly path: string;
  /** Reads `length` bytes from `offset` on; fewer where the file ends. One read at a time. Rejects with DumpError. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Size in bytes, decompressed. Reads to the end where it is not known. Rejects with DumpError. */
  size(): Promise<number>;
  close(): Promise<void>;
}

/** Some bytes of the file and where they go. */
export interface Piece {
  /** In the file, in bytes. */
  offset: number;
  target: Uint8Array;
}

/** Most bytes read at once, and the longest stretch between two pieces that is read rather than skipped. */
const SPAN_BYTES = 1 << 20;
const GAP_BYTES = 1 << 14;

/** Fills the targets of `pieces`, each shorter than a span, in one ascending pass. Rejects with DumpError. */
export async function readPieces(bytes: DumpBytes, pieces: readonly Piece[]): Promise<void> {
  const ascending = pieces.toSorted((one, other) => one.offset - other.offset);
  for (let first = 0; first < ascending.length; ) {
    const { offset } = ascending[first] as Piece;
    let end = offset;
    let next = first;
    for (; next < ascending.length; next++) {
      const piece = ascending[next] as Piece;
      const pieceEnd = piece.offset + piece.target.length;
      if (next > first && (piece.offset > end + GAP_BYTES || pieceEnd > offset + SPAN_BYTES)) break;
      end = Math.max(end, pieceEnd);
    }
    const span = await bytes.read(offset, end - offset);
    if (span.length < end - offset) {
      const reason = `the file ends here now, but ended at byte ${end} or later before: it changed while it was read`;
      throw new DumpError(reason, { path: bytes.path, byteOffset: offset + span.length }, "truncated");
    }
    for (const { offset: from, target } of ascending.slice(first, next)) {
      target.set(span.subarray(from - offset, from - offset + target.length));
    }
    first = next;
  }
}

/** Gives the errors of src/trace the class that callers of a dump expect; anything else stays what it is. */
export function dumpErrorOf(error: unknown, byteOffset: number | null = null): unknown {
  if (!(error instanceof TraceError)) return error;
  const { path, reason, code } = error;
  const at = { path, byteOffset: error.byteOffset ?? byteOffset };
  switch (code) {
    case "unsupported-compression":
    case "truncated":
    case "corrupt":
      return new DumpError(reason, at, code, error);
    default:
      return new DumpError(reason, at, "unreadable", error);
  }
}
