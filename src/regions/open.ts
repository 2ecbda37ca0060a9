/** Regions out of files and traces. */
import type { TraceInput } from "../trace/bytes.ts";
import type { Trace } from "../trace/trace.ts";
import type { Region } from "./region.ts";

/**
 * The regions that `text` has, in the order of their beginning: of a /proc/PID/maps or smaps listing, or of an object of
 * JSON as NAME.regions.json, by content. `path` is for messages. Throws RegionsError.
 */
export function readRegions(text: string, path: string): Region[] {
  throw new Error(text + path);
}

/**
 * Reads the regions in a file (see `TraceInput` for what it can be; compressed as a trace may be; 64 MB of text at most).
 * Rejects with RegionsError if it cannot be read or is not what it should be.
 */
export async function openRegions(input: TraceInput): Promise<Region[]> {
  throw new Error(String(input));
}

/**
 * The regions that were recorded with a trace, of which a container keeps metadata; `null`: there are none. Reads the
 * file once. Rejects with TraceError if it is damaged or can be read only once, and with RegionsError if they are.
 */
export async function regionsOfTrace(trace: Trace): Promise<Region[] | null> {
  throw new Error(trace.path);
}
