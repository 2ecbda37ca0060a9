import { describe, expect, it } from "vitest";
import { type ExampleRegion, exampleRegions, regionBytes } from "../../src/explain/example-process.ts";
import { explainAll } from "./tables.ts";

const isKernel = ({ va }: ExampleRegion) => va >= 2n ** 63n;
const translates = ({ rights, brokenBit }: ExampleRegion) => rights !== "---" && brokenBit === undefined;

describe("the example process", () => {
  it.each([{}, { la57: true }, { pages1G: false }, { maxPhyAddr: 32 }, { maxPhyAddr: 52 }])(
    "maps what its regions say, with %j",
    async (options) => {
      for (const region of exampleRegions(options.la57 ?? false).filter(translates)) {
        const privilege = isKernel(region) ? "supervisor" : "user";
        const pages = region.present ?? region.pages;
        const pageBytes = regionBytes(region) / BigInt(region.pages);
        const first = region.growsDown ? BigInt(region.pages - pages) * pageBytes : 0n;
        const offsets = [first, first + BigInt(pages) * pageBytes - 1n];
        const explained = await explainAll(
          offsets.map((offset) => region.va + offset),
          { ...options, privilege, pkru: 0n },
        );
        for (const [index, { physicalAddress, rights, place, pageSize, steps }] of explained.entries()) {
          expect(physicalAddress, region.name).toBe(
            `0x${(region.physicalAddress + (offsets[index] as bigint)).toString(16)}`,
          );
          const text = `r${rights?.write ? "w" : "-"}${rights?.execute ? "x" : "-"}`;
          if (region.copyOnWrite) expect(text).toBe("r--");
          else expect(text, region.name).toBe(region.rights);
          expect({ place, user: rights?.user }).toEqual({
            place: region.name,
            user: !isKernel(region),
          });
          expect(pageSize).toBe(options.pages1G === false && region.pageSize === "1G" ? "2M" : region.pageSize);
          expect(steps.at(-1)?.flags.G).toBe(isKernel(region));
        }
      }
    },
  );

  it("has its regions apart from each other, ascending", () => {
    for (const la57 of [false, true]) {
      const regions = exampleRegions(la57);
      for (const [index, region] of regions.entries()) {
        const before = regions[index - 1];
        if (before !== undefined) expect(before.va + regionBytes(before)).toBeLessThanOrEqual(region.va);
      }
    }
  });
});
