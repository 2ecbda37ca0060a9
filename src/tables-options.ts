/** Whose page tables are walked, and by what processor: options and their defaults. */
import type { DumpFormat } from "./dump/detect.ts";
import type { TraceInput } from "./trace/bytes.ts";

/** A register: its value, or text: a number (`0x750ef0`), or the names of the bits that are 1 (`SMEP,SMAP`). */
export type RegisterOption = bigint | string;

/** The processor, and whose tables it walks. */
export interface TablesOptions {
  /** A dump of physical memory: raw, LiME, or ELF as QEMU and libvirt write it; also compressed. */
  memory?: TraceInput;
  /** What the dump is. @default by content */
  memoryFormat?: DumpFormat;
  /** Where the tables begin. @default the first CPU's in the dump, if that has registers */
  cr3?: RegisterOption;
  /** Whether the tables have five levels. @default as CR4.LA57 */
  la57?: boolean;
  /** @default the first CPU's in the dump; else WP */
  cr0?: RegisterOption;
  /** @default the first CPU's in the dump; else PGE */
  cr4?: RegisterOption;
  /** @default NXE */
  efer?: RegisterOption;
  /** @default none */
  rflags?: RegisterOption;
  /** @default 0: every key allows all */
  pkru?: RegisterOption;
  /** @default 0: every key allows all */
  pkrs?: RegisterOption;
  /** Bits of a physical address, 32..52. @default 52: no address bit of an entry is reserved */
  maxPhyAddr?: number;
  /** Whether the processor has 1 GiB pages. @default true */
  pages1G?: boolean;
}

/** What registers hold where neither options nor the dump say. */
export const REGISTER_DEFAULTS = { cr0: "WP", cr4: "PGE", efer: "NXE", rflags: "0", pkru: "0", pkrs: "0" } as const;
