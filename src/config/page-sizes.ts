/** Page sizes in bytes. */
import type { CpuPageSize } from "./cpus/description.ts";

/** Bytes of one page of that size. */
export const PAGE_SIZE_BYTES: Record<CpuPageSize, number> = {
  "4K": 2 ** 12,
  "2M": 2 ** 21,
  "1G": 2 ** 30,
  "16K": 2 ** 14,
  "32M": 2 ** 25,
  "64K": 2 ** 16,
  "512M": 2 ** 29,
};
