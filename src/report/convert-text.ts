/** What `convert` says when it is done. */
import { count, counted, decimal, printable } from "./format.ts";
import type { ConvertFileResult } from "./results.ts";
import { formatName, named } from "./trace-words.ts";

/** Lines for people: what was read and written, and what could not be carried. */
export function convertText({ trace, accesses, output, notes, leftOut }: ConvertFileResult): string {
  const { storedBytes } = trace;
  const ratio = storedBytes === null || storedBytes === 0 ? null : output.storedBytes / storedBytes;
  const read = storedBytes === null ? formatName(trace) : `${formatName(trace)}, ${counted(storedBytes, "byte")}`;
  const target = output.path === "-" ? "standard output" : printable(output.path);
  const compressed = output.compression === "none" ? "" : ` (${output.compression})`;
  const sizes = [
    `${count(output.storedBytes)} bytes`,
    `${decimal(output.storedBytes / trace.records, 3)} a record`,
    ...(ratio === null ? [] : [`${decimal(ratio, 3)} times the input`]),
  ];
  const lines = [
    `${trace.path === "-" ? "standard input" : printable(trace.path)} (${read}): ` +
      `${counted(trace.records, "record")} (${named(accesses)}), ${counted(trace.instructions, "instruction")}`,
    `${target}: ${output.format}${compressed}, ${sizes.join(", ")}`,
    ...leftOut.map((sentence) => `left out: ${sentence}`),
    ...notes.map((sentence) => `note: ${sentence}`),
  ];
  return `${lines.join("\n")}\n`;
}
