import { resolveSelection, type SelectionOptions } from "../../src/config/selection.ts";
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
  return {
    path: "chunked",
    format,
    compression: "none",
    selection: resolveSelection(selection),
    layout: format.layoutOf?.(bytes.subarray(0, DETECTION_BYTES), null) ?? null,
    storedBytes: bytes.length,
    close: async () => undefined,
    open: async () => {
      let at = 0;
      return {
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
    },
  };
}
