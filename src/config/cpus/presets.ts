/** CPUs by name. */
import type { CpuDescription } from "./description.ts";

export const CPU_PRESETS: Readonly<Record<string, CpuDescription>> = {
  skylake: {
    schema: "pagewalk/cpu@1",
    title: "Intel Skylake",
    pageSizes: ["4K", "2M", "1G"],
    tlbs: [
      {
        name: "L1I",
        level: 1,
        kinds: ["fetch"],
        arrays: [
          { holds: ["4K"], entries: 128, ways: 8 },
          { holds: ["2M"], entries: 8, ways: "full" },
        ],
      },
      {
        name: "L1D",
        level: 1,
        kinds: ["load", "store"],
        arrays: [
          { holds: ["4K"], entries: 64, ways: 4 },
          { holds: ["2M"], entries: 32, ways: 4 },
          { holds: ["1G"], entries: 4, ways: 4 },
        ],
      },
      {
        name: "STLB",
        level: 2,
        kinds: ["fetch", "load", "store"],
        arrays: [
          { holds: ["4K", "2M"], entries: 1536, ways: 12, index: "xor" },
          { holds: ["1G"], entries: 16, ways: 4 },
        ],
      },
    ],
    walkCaches: [
      { name: "PDE", holds: ["pde"], entries: 32, ways: "full" },
      { name: "PDPTE", holds: ["pdpte"], entries: 4, ways: "full" },
      { name: "PML4E", holds: ["pml4e"], entries: 2, ways: "full" },
    ],
  },
  "apple-m1-p": {
    schema: "pagewalk/cpu@1",
    title: "Apple M1, Firestorm",
    architecture: "arm64",
    pageSizes: ["16K", "32M"],
    tlbs: [
      { name: "L1I", level: 1, kinds: ["fetch"], arrays: [{ holds: ["16K", "32M"], entries: 192, ways: "full" }] },
      { name: "L1D", level: 1, kinds: ["load", "store"], arrays: [{ holds: ["16K", "32M"], entries: 160, ways: 5 }] },
      {
        name: "L2",
        level: 2,
        kinds: ["fetch", "load", "store"],
        arrays: [{ holds: ["16K", "32M"], entries: 3072, ways: 12 }],
      },
    ],
  },
};
