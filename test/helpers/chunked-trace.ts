import { resolveSelection, type SelectionOptions } from "../../src/config/selection.ts";
import type { ByteReader } from "../../src/trace/bytes.ts";
import { WANTS_ALL } from "../../src/trace/formats/format.ts";
import { DETECTION_BYTES, FORMATS } from "../../src/trace/formats/index.ts";
import type { Trace } from "../../src/trace/trace.ts";

/** A trace of `bytes` whose reader gives at most `chunkBytes` at a time; of the format named, undetected. */
export function chunkedTrace(
  bytes: Uint8Array,
  chunkBytes: number,
  formatName = "lackey",
  selection: SelectionOptions = {},
): Trace {
  const format = FORMATS.find(({ name }) => name === formatName);
  if (format === undefined) throw new Error(`there is no format ${formatName}`);
  const resolved = resolveSelection(selection);
  return {
    path: "chunked",
    format,
    compression: "none",
    selection: resolved,
    layout: format.layoutOf?.(bytes.subarray(0, DETECTION_BYTES), null) ?? null,
    storedBytes: bytes.length,
    close: async () => undefined,
    open: async (wants = WANTS_ALL) => {
      let at = 0;
      const reader: ByteReader = {
        get consumedBytes() {
          return at;
        },
        read(target) {
          const piece = bytes.subarray(at, at + Math.min(chunkBytes, target.length));
          target.set(piece);
          at += piece.length;
          return piece.length;
        },
        close: () => undefined,
      };
      return (await format.unwrap?.(reader, { path: "chunked", selection: resolved, wants })) ?? reader;
    },
  };
}
