/** The VMAs of a run, and the accesses that they forbade (assembly/vma-table.ts, segv.ts). */
import { ConfigError, KernelError } from "../errors.ts";
import type { Exports, KernelInstance } from "./instance.ts";

/** A range of pages that the process may touch. */
export interface VmaRow {
  /** Numbers of 4 KiB pages, addresses divided by 4096: 0..2^52-1. `lastPage` belongs to it. */
  firstPage: bigint;
  lastPage: bigint;
  /** Which of `r`, `w` and `x` it gives, in any form: "rw", "r-x", "". */
  rights: string;
}

/** A record that ended in SIGSEGV. */
export interface Segv {
  /** First byte of the first 4 KiB page that it may not touch so. */
  address: bigint;
  access: AccessName;
  code: "SEGV_MAPERR" | "SEGV_ACCERR";
  /** Index of its interval, of a run that was profiled. */
  interval: number;
}

export type AccessName = "fetch" | "load" | "store" | "modify";

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

/**
 * The first records of the run that ended in SIGSEGV, 16 at most, in their order.
 * @internal
 */
export function readSegvs({ exports: x }: KernelInstance): Segv[] {
  return Array.from({ length: x.segvCount() }, (_, index) => ({
    address: BigInt.asUintN(64, x.segvAddress(index)),
    access: accessOf(x, x.segvKind(index)),
    code: x.segvCode(index) === x.SEGV_MAPERR.value ? "SEGV_MAPERR" : "SEGV_ACCERR",
    interval: x.segvInterval(index),
  }));
}

/**
 * The name of a KIND_.
 * @internal
 */
export function accessOf(x: Exports, kind: number): AccessName {
  const names: Record<number, AccessName> = {
    [x.KIND_FETCH.value]: "fetch",
    [x.KIND_LOAD.value]: "load",
    [x.KIND_STORE.value]: "store",
    [x.KIND_MODIFY.value]: "modify",
  };
  const name = names[kind];
  if (name === undefined) throw new KernelError("layout", "the kernel has kinds of records that are not known here");
  return name;
}
