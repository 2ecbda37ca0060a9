/** The pages of processes: which are present, which are evicted, and what tables they take. */
import { pageNumberAt } from "./access.ts";
import { ROOT_LEVEL } from "./page-tables.ts";
import type { Replaceable } from "./paging-policies.ts";
import type { PlainFrames } from "./plain-frames.ts";

/** A present page, of any size. */
export interface PresentPage extends Replaceable {
  process: Process;
  /** Of the entry that maps it. */
  level: number;
  /** At its own size. */
  number: number;
  /** The first of its frames. */
  frame: number;
  dirty: boolean;
  /** Whether swap has a place for it, with what it held when it came in. */
  hasSlot: boolean;
}

export class Process {
  readonly pid: bigint;
  /** By level, by page number at that level. */
  readonly pages = new Map<number, Map<number, PresentPage>>([1, 2, 3].map((level) => [level, new Map()]));
  /** Pages that were evicted, by VPN: whether they have a slot or were dropped as they were never written to. */
  readonly evicted = new Map<number, { hasSlot: boolean }>();
  /** Tables below the PML4: level, and number of what the table spans; and the frame of each. */
  readonly tables = new Map<string, number>();
  readonly #frames: PlainFrames;

  constructor(pid: bigint, frames: PlainFrames) {
    this.pid = pid;
    this.#frames = frames;
    frames.take(1); // the PML4
  }

  find(vpn: number): PresentPage | undefined {
    for (const [level, pages] of this.pages) {
      const page = pages.get(pageNumberAt(vpn, level));
      if (page !== undefined) return page;
    }
    return undefined;
  }

  pagesOf(level: number): Map<number, PresentPage> {
    return this.pages.get(level) as Map<number, PresentPage>;
  }

  /** Present pages that have any byte between two VPNs. */
  pagesIn(firstVpn: number, lastVpn: number): PresentPage[] {
    return [...this.pages.values()]
      .flatMap((pages) => [...pages.values()])
      .filter((page) => firstVpnOf(page) <= lastVpn && lastVpnOf(page) >= firstVpn);
  }

  /** Makes the tables that an entry of `level` for `vpn` needs. */
  makeTables(vpn: number, level: number): void {
    for (let table = ROOT_LEVEL - 1; table >= level; table--) {
      const key = tableKey(table, pageNumberAt(vpn, table + 1));
      if (!this.tables.has(key)) this.tables.set(key, this.#frames.take(1));
    }
  }

  /** Puts the page into the page tables, which are there. */
  enter(page: PresentPage): void {
    this.pagesOf(page.level).set(page.number, page);
  }

  /** Gives back tables that the entry of page `number` of `level` would name if it did not map a page. */
  dropTables(level: number, number: number): void {
    for (let table = 1; table < level; table++) {
      const first = number * 512 ** (level - table - 1);
      for (let span = first; span < first + 512 ** (level - table - 1); span++) {
        const key = tableKey(table, span);
        const frame = this.tables.get(key);
        if (frame === undefined) continue;
        this.#frames.giveBack(frame, 1);
        this.tables.delete(key);
      }
    }
  }
}

/** `level` of the table, and the number of the range that it spans. */
const tableKey = (level: number, span: number) => `${level} ${span}`;

/** Frames of 4 KiB in a page that an entry of `level` maps. */
export const framesOf = (level: number) => 512 ** (level - 1);
export const firstVpnOf = ({ level, number }: PresentPage) => number * framesOf(level);
export const lastVpnOf = (page: PresentPage) => firstVpnOf(page) + framesOf(page.level) - 1;
