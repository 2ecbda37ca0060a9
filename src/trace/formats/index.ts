/** The trace formats. To add one: its file, its line here, its decoder in assembly/decoders/, and
 * the choice of that decoder in assembly/index.ts, which has had none to make yet. */
import { champsim, cloudsuite } from "./champsim.ts";
import { drmemtrace } from "./drmemtrace.ts";
import type { TraceFormat } from "./format.ts";
import { lackey } from "./lackey.ts";
import { pwt } from "./pwt.ts";
import { pwtPages } from "./pwt-pages.ts";

export const FORMATS: readonly TraceFormat[] = [lackey, drmemtrace, champsim, cloudsuite, pwt, pwtPages];

/** Decompressed bytes that detection looks at. */
export const DETECTION_BYTES = 256 * 1024;
