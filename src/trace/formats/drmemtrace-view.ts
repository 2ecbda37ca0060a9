/**
 * What DynamoRIO's view tool prints: text, one record a line, among lines of its own. Decoded by
 * assembly/decoders/drmemtrace-view.ts, where the layout stands.
 */
import type { TraceFormat } from "./format.ts";
import { headLines, someMatch } from "./head-lines.ts";

const RECORD =
  /^\s*\d+\s+\d+:\s+(?:W\d+\.T)?\d+\s+(?:(?:ifetch|read|write|non-fetched instr)\s+\d+ byte\(s\) @ 0x[\da-f]|<marker: )/;

export const drmemtraceView: TraceFormat = {
  name: "drmemtrace-view",
  title: "DynamoRIO drmemtrace, text of its view tool",
  specification: "DynamoRIO, clients/drcachesim/tools/view.cpp at commit 04d63fdf",
  example: "47446 37770: W0.T292 read 8 byte(s) @ 0x00007fdf64e2adc8 by PC 0x0000000000404a7e",
  decoder: "DRMEMTRACE_VIEW",
  isText: true,
  skipsOtherLines: true,
  reasons: {
    "bad-record":
      "begins as a record and does not go on as one; expected N byte(s) @ 0xADDRESS, and of data by PC 0xADDRESS " +
      "(has another program's output been mixed in?)",
  },
  detect: (head) => someMatch(headLines(head), RECORD),
};
