/** The trace formats. To add one: its file, its line here, and its decoder in assembly/decoders/. */
import type { TraceFormat } from "./format.ts";
import { lackey } from "./lackey.ts";

export const FORMATS: readonly TraceFormat[] = [lackey];

/** Decompressed bytes that detection looks at. */
export const DETECTION_BYTES = 256 * 1024;
