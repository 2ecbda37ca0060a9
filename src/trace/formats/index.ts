/**
 * The trace formats. To add one: its file, its line here, its decoder in assembly/decoders/, its row in docs/formats.md.
 */
import { champsim, cloudsuite } from "./champsim.ts";
import { csv } from "./csv.ts";
import { din } from "./din.ts";
import { drmemtrace } from "./drmemtrace.ts";
import { drmemtraceView } from "./drmemtrace-view.ts";
import type { TraceFormat } from "./format.ts";
import { lackey } from "./lackey.ts";
import { perfScript } from "./perf-script.ts";
import { pinatrace } from "./pinatrace.ts";
import { plainText } from "./plain-text.ts";
import { pwt } from "./pwt.ts";
import { pwtPages } from "./pwt-pages.ts";
import { xdin } from "./xdin.ts";

export const FORMATS: readonly TraceFormat[] = [
  lackey,
  drmemtrace,
  drmemtraceView,
  din,
  xdin,
  pinatrace,
  perfScript,
  plainText,
  csv,
  champsim,
  cloudsuite,
  pwt,
  pwtPages,
];

/** Decompressed bytes that detection looks at. */
export const DETECTION_BYTES = 256 * 1024;
