/** Rows for tests. */
import { parseRow, type TruthCase } from "./truth-rows.ts";

/** What a group 7 row of QEMU looks like, with other values in some fields; without those that are `undefined`. */
export function row(fields: Record<string, unknown> = {}): Record<string, unknown> {
  const all = {
    levels: 4,
    access: "read8",
    cpl: 3,
    cfg: ["WP", "NXE"],
    va: "0x5a8480800ffc",
    entries: ["0x403007", "0x402007", "0x401007", "0x800007"],
    after: ["0x403027", "0x402027", "0x401027", "0x800027"],
    vector: null,
    error: null,
    cr2: null,
    group: 7,
    second_pte: "0x801007",
    ...fields,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export const pageFault = (error: string, fields: Record<string, unknown> = {}) =>
  row({ vector: 14, error, cr2: "0x5a8480800ffc", ...fields });

export const TCG = { maxPhyAddr: 40, pages1G: true };

export const parse = (fields: Record<string, unknown>): TruthCase => parseRow(fields, TCG);
