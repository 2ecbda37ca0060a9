/** How a trace is to be read, as the host says it and as the kernel is told. */
import { COLUMN_NAMES, type CsvLayout } from "../config/columns.ts";
import type { ResolvedSelection } from "../config/selection.ts";
import type { KernelInstance } from "./instance.ts";

/** How the bytes of a trace are decoded, and what of it is wanted. */
export interface TraceReading {
  /** `DECODER_` and this is the constant of assembly/layout.ts. */
  decoder: string;
  selection: ResolvedSelection;
  /** Of a format with columns. */
  layout?: CsvLayout | null;
}

/**
 * Writes what `reading` selects to the kernel, and returns its DECODER_. Throws KernelError if there is none of that name.
 *
 * @internal
 */
export function putReading(kernel: KernelInstance, { decoder, selection, layout = null }: TraceReading): number {
  if (layout !== null) putLayout(kernel, layout);
  const x = kernel.exports;
  const view = kernel.view();
  const at = x.selectionAddress();
  const put = (offset: { value: number }, value: bigint) => view.setBigUint64(at + offset.value, value, true);
  put(x.SELECTION_SKIP, BigInt(selection.skip));
  put(x.SELECTION_WARMUP, BigInt(selection.warmup));
  put(x.SELECTION_LIMIT, selection.limit === Infinity ? ~0n : BigInt(selection.limit));
  put(x.SELECTION_THREAD, selection.thread ?? 0n);
  const units = { records: x.UNIT_RECORDS, instructions: x.UNIT_INSTRUCTIONS };
  view.setUint32(at + x.SELECTION_UNIT.value, units[selection.unit].value, true);
  view.setUint32(at + x.SELECTION_ONE_THREAD.value, Number(selection.thread !== null), true);
  return kernel.offset(`DECODER_${decoder}`);
}

/** Writes how the lines of a CSV are to be read: CsvConfig in assembly/decoders/csv.ts. */
function putLayout(kernel: KernelInstance, { delimiter, headerLines, numbers, hexadecimal }: CsvLayout): void {
  const x = kernel.exports;
  const view = kernel.view();
  const put = (offset: number, value: number) => view.setUint32(x.csvConfigAddress() + offset, value, true);
  put(x.CSV_DELIMITER.value, delimiter.charCodeAt(0));
  put(x.CSV_HEADER_LINES.value, headerLines);
  for (const name of COLUMN_NAMES) put(kernel.offset(`CSV_${name.toUpperCase()}`), numbers[name] ?? 0);
  put(
    x.CSV_HEXADECIMAL.value,
    hexadecimal.reduce((bits, name) => bits | (1 << COLUMN_NAMES.indexOf(name)), 0),
  );
}
