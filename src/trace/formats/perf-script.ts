/**
 * Memory samples of Linux perf, as perf script prints them. Decoded by assembly/decoders/perf-script.ts, where the layout
 * stands.
 */
import type { TraceFormat } from "./format.ts";
import { headLines, someMatch } from "./head-lines.ts";

/** With a time, whose fraction has 6 digits, or 9 with --ns. */
const TIMED = /^(?:.*\s)?\d+\.(?:\d{6}|\d{9}):\s+(?:\d+\s+)?(?:\S+:\s+)?[\da-f]{1,16}(?:\s|$)/;
/** Without: with pid/tid or a CPU, and an event that has a letter in its name. */
const UNTIMED =
  /^(?:.*\s)?(?:\d+\/\d+|\d+(?=\s+\[))\s+(?:\[\d+\]\s+)?(?:\d+\s+)?[\w.,=/:-]*[A-Za-z][\w.,=/:-]*:\s+[\da-f]{1,16}(?:\s|$)/;

export const perfScript: TraceFormat = {
  name: "perf-script",
  title: "Linux perf script, memory samples",
  specification: "Linux 6.12, tools/perf/builtin-script.c, process_event()",
  example: "sort 46572/46572 [002] 544966.882384: 10000 cpu/mem-loads/P: 7ffdf1391b0c",
  decoder: "PERF_SCRIPT",
  isText: true,
  skipsOtherLines: true,
  isSampled: true,
  // perf prints nothing but its header before the first sample.
  detect: (head) =>
    headLines(head)
      .slice(0, 1)
      .some((line) => someMatch([line], TIMED) || someMatch([line], UNTIMED)),
};
