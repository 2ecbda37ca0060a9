/** A file of a truth table, made to happen on a machine row by row. */
import { checkRow, printCase } from "./check-row.ts";
import type { Machine } from "./machine.ts";
import type { Tally } from "./tally.ts";
import { readRows } from "./truth-files.ts";
import type { RecordedOn } from "./truth-rows.ts";

export async function checkFile(machine: Machine, path: string, recordedOn: RecordedOn, tally: Tally): Promise<void> {
  for await (const rows of readRows(path, recordedOn)) {
    for (const { where, row, case: truth } of rows) {
      if (truth.leftOut !== null) {
        tally.leaveOut(truth.leftOut);
        continue;
      }
      const differing = checkRow(machine, truth);
      tally.count(differing, () => [`${path}: ${where}`, ...printCase(truth), ...differing, JSON.stringify(row)]);
    }
  }
}
