/** The VMAs of a run of the machine that has them as they are from the beginning (assembly/vma-table.ts), and VMA_ bits. */
import { ConfigError } from "../errors.ts";
import type { Exports, KernelInstance } from "./instance.ts";

/** A range of pages that the process may touch. */
export interface VmaRow {
  /** Numbers of 4 KiB pages, addresses divided by 4096: 0..2^52-1. `lastPage` belongs to it. */
  firstPage: bigint;
  lastPage: bigint;
  /** Which of `r`, `w` and `x` it gives, in any form: "rw", "r-x", "". */
  rights: string;
}

const PAGES = 2n ** 52n;

/** Throws ConfigError unless `vmas` ascend, do not overlap, and have ranges and rights that there are. */
export function checkVmas(vmas: readonly VmaRow[]): void {
  let next = 0n;
  for (const [index, { firstPage, lastPage, rights }] of vmas.entries()) {
    const range = `pages 0x${firstPage.toString(16)} to 0x${lastPage.toString(16)}`;
    if (firstPage < next || lastPage < firstPage || lastPage >= PAGES) {
      const allowed = `a range within 52 bits, from page 0x${next.toString(16)} on, since VMAs ascend and do not overlap`;
      throw new ConfigError(`vmas[${index}]`, range, allowed);
    }
    if (!/^[rwx-]*$/.test(rights))
      throw new ConfigError(`vmas[${index}].rights`, JSON.stringify(rights), "r, w, x and -");
    next = lastPage + 1n;
  }
}

/**
 * Writes `vmas` into the table of a run that was configured to have so many.
 * @internal
 */
export function putVmas(kernel: KernelInstance, vmas: readonly VmaRow[]): void {
  const x = kernel.exports;
  const view = kernel.view();
  let at = x.vmaTableAddress() >>> 0;
  for (const { firstPage, lastPage, rights } of vmas) {
    view.setBigUint64(at + x.VMA_ROW_FIRST.value, firstPage, true);
    view.setBigUint64(at + x.VMA_ROW_LAST.value, lastPage, true);
    view.setUint32(at + x.VMA_ROW_RIGHTS.value, rightsBits(x, rights), true);
    at += x.VMA_ROW_BYTES.value;
  }
}

/**
 * The VMA_ bits of rights like `rw-`.
 * @internal
 */
export function rightsBits(x: Exports, rights: string): number {
  const bits = { r: x.VMA_READ.value, w: x.VMA_WRITE.value, x: x.VMA_EXEC.value };
  return (Object.keys(bits) as (keyof typeof bits)[]).reduce(
    (sum, right) => sum | (rights.includes(right) ? bits[right] : 0),
    0,
  );
}
