/** Maps of tables made by hand. */

import type { Merging } from "../../src/map/list.ts";
import { type MapOptions, map, type PageMap } from "../../src/map.ts";
import type { Mapping } from "../../src/report/mapping.ts";
import type { Machine, TestTables } from "./tables.ts";

/** The map of `tables`, the top one of which is at 0x1000 unless `options` say otherwise. */
export function mapOf(tables: TestTables, options: Partial<MapOptions> = {}): Promise<PageMap> {
  return map({ memory: tables.dump(), cr3: 0x1000n, ...options });
}

export function optionsOf({ cr3, levels, maxPhyAddr, nxe, pages1G }: Machine): Partial<MapOptions> {
  return { cr3, la57: levels === 5, maxPhyAddr, efer: nxe ? "NXE" : "0", pages1G };
}

export function listed(pageMap: PageMap, merging: Merging = "none"): Mapping[] {
  return [...pageMap.mappings(merging)].flat();
}

/** A mapping in one line: `0x1000-0x2000 0x5000 rw- user GAD`, then `x3 every 0x10000` for aliases. */
export function lineOf(mapping: Mapping): string {
  const { va, pa, size, write, user, execute, global, accessed, dirty, aliases, stride } = mapping;
  const letter = (is: boolean, name: string) => (is ? name : "-");
  const rights = `r${letter(write, "w")}${letter(execute, "x")} ${user ? "user" : "kernel"}`;
  const flags = `${letter(global, "G")}${letter(accessed, "A")}${letter(dirty, "D")}`;
  const again = aliases === undefined ? "" : ` x${aliases} every 0x${stride?.toString(16)}`;
  return `${va}-0x${(BigInt(va) + BigInt(size)).toString(16)} ${pa} ${rights} ${flags}${again}`;
}
