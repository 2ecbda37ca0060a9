/** Descriptions of the CPUs of the plain shape, for runs that ask for what only the machine of hierarchies can do. */
import { isPreset, PRESETS } from "../presets.ts";
import { type ArrayDescription, type CpuDescription, type CpuPageSize, TABLE_ENTRIES } from "./description.ts";

const PAGE_SIZES = ["4K", "2M", "1G"] as const satisfies readonly CpuPageSize[];

/** The CPU of that name as it is described, or `null` if there is none of the plain shape. */
export function plainDescription(name: string): CpuDescription | null {
  if (!isPreset(name)) return null;
  const { title, l1i, l1d, stlb, psc } = PRESETS[name];
  return {
    schema: "pagewalk/cpu@1",
    title,
    pageSizes: PAGE_SIZES,
    tlbs: [
      { name: "L1I", level: 1, kinds: ["fetch"], arrays: [arrayOf(l1i.value)] },
      { name: "L1D", level: 1, kinds: ["load", "store"], arrays: [arrayOf(l1d.value)] },
      { name: "STLB", level: 2, kinds: ["fetch", "load", "store"], arrays: [arrayOf(stlb.value)] },
    ],
    walkCaches: TABLE_ENTRIES.map((entry) => ({
      name: entry.toUpperCase(),
      holds: [entry],
      entries: psc.value[entry],
      ways: "full",
    })),
  };
}

/** An array for pages of every size, of a geometry as presets have it: `64:4`. */
function arrayOf(geometry: string): ArrayDescription {
  const [entries, ways] = geometry.split(":").map(Number);
  return { holds: PAGE_SIZES, entries: entries ?? 0, ways: ways ?? "full" };
}
