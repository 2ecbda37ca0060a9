/** Regions out of files and traces. */
import { RegionsError, TraceError } from "../errors.ts";
import type { TraceInput } from "../trace/bytes.ts";
import { openDecompressed } from "../trace/compression/index.ts";
import { byteSource } from "../trace/source.ts";
import type { Trace } from "../trace/trace.ts";
import { parseMaps } from "./maps.ts";
import { MAX_REGIONS, type Region } from "./region.ts";
import { ownField, parseJson, parseRegions, regionsOfRows } from "./rows.ts";

/** Bytes of text at most: with 200,000 regions a file has some 40 MB. */
const MAX_BYTES = 64 * 1000 * 1000;
const PIECE_BYTES = 1 << 20;

/**
 * The regions that `text` has, in the order of their beginning: of a /proc/PID/maps or smaps listing, or of an object of
 * JSON as NAME.regions.json, by content. Of a listing, all live from the first record to the last. Throws RegionsError.
 *
 * @param path - what messages call it
 */
export function readRegions(text: string, path = "text"): Region[] {
  if (text.trim() === "") {
    const reason = "is empty; expected regions, as pagewalk record writes them, or a listing as /proc/PID/maps";
    throw new RegionsError(reason, { path });
  }
  return /^\s*[[{]/.test(text) ? parseRegions(text, path) : parseMaps(text, path);
}

/**
 * Reads the regions in a file as readRegions() does. See TraceInput for what `input` can be; it may be compressed as a
 * trace may; decompressed it may have 64 MB. Rejects with RegionsError if it cannot be read or is not what it should be.
 */
export async function openRegions(input: TraceInput): Promise<Region[]> {
  const source = byteSource(input);
  try {
    const { reader } = await openDecompressed(source);
    try {
      const pieces: Uint8Array[] = [];
      for (let bytes = 0; ; ) {
        const piece = new Uint8Array(PIECE_BYTES);
        const got = await reader.read(piece);
        if (got === 0) return readRegions(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).text(), source.path);
        bytes += got;
        if (bytes > MAX_BYTES) throw new RegionsError("has more than 64 MB; expected a list of regions", source);
        pieces.push(piece.slice(0, got));
      }
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new RegionsError(error.reason, source, error);
  }
}

/**
 * The regions that were recorded with `trace`, counted from its first record whatever its selection; `null`: none were.
 * Only containers keep them; such a file is read once for this. Rejects with TraceError if it is damaged or can be read
 * only once, and with RegionsError if the regions are not what they should be.
 */
export async function regionsOfTrace(trace: Trace): Promise<Region[] | null> {
  const rows: unknown[] = [];
  let hasRegions = false;
  for await (const json of trace.metadata?.() ?? []) {
    const regions = ownField(ownField(parseJson(json, trace.path, "metadata"), "recording"), "regions");
    if (!Array.isArray(regions)) continue;
    hasRegions = true;
    if (rows.length + regions.length > MAX_REGIONS) {
      throw new RegionsError(`found more than ${MAX_REGIONS} regions; expected no more`, {
        path: trace.path,
        field: "recording.regions",
      });
    }
    for (const region of regions) rows.push(region);
  }
  return hasRegions ? regionsOfRows(rows, trace.path, "recording.regions") : null;
}
