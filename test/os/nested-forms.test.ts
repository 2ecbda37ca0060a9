/** Nested paging: closed forms of walks without caches, what its document says, and what is refused. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { CpuDescription } from "../../src/config/cpus/description.ts";
import { resolve } from "../../src/config/resolve.ts";
import { type Config, PAGE_SIZES } from "../../src/config/types.ts";
import { ConfigError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { errorOf } from "../config/error-of.ts";
import { BUILDS } from "../helpers/builds.ts";
import { bundled } from "../helpers/traces.ts";
import type { Access } from "../reference/access.ts";
import { levelsRead, NO_CACHES, NOT_COMBINED, run } from "./guests.ts";

/** References of a walk without any cache, as the paper has them for four levels of each: 24. */
const CLOSED_FORMS = [
  ["4K", "4K", 24],
  ["4K", "2M", 19],
  ["4K", "1G", 14],
  ["2M", "4K", 19],
  ["2M", "2M", 15],
  ["2M", "1G", 11],
  ["1G", "4K", 14],
  ["1G", "2M", 11],
  ["1G", "1G", 8],
] as const;

describe.each(BUILDS)("a run in a guest ($name)", ({ module }) => {
  it.each(CLOSED_FORMS)(
    "without caches, of %s pages on %s ones, walks with %i references",
    async (pageSize, nested, most) => {
      provideKernelModule(module);
      const strides: Access[] = Array.from({ length: 50 }, (_, index) => ({
        kind: "load",
        va: BigInt(1 + (index % 7)) << 39n,
        size: 1,
      }));
      const { walks } = await run(strides, { ...NO_CACHES, pageSize, nested });
      expect(walks.count).toBe(50);
      expect(walks.references).toBe(50 * most);
      const [g, h] = [levelsRead(pageSize), levelsRead(nested)];
      expect(most).toBe((g + 1) * (h + 1) - 1);
    },
  );
});

describe("docs/virtualization.md", () => {
  const document = readFileSync(new URL("../../docs/virtualization.md", import.meta.url), "utf8");
  const rows = document
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | "));

  it("has the closed forms", () => {
    const sizes: readonly string[] = PAGE_SIZES;
    const forms = rows.filter(([first = ""]) => sizes.includes(first));
    expect(forms).toEqual(
      CLOSED_FORMS.map(([guest, host, most]) => [guest, host, levelsRead(guest), levelsRead(host), most].map(String)),
    );
  });

  it("has the counts of its example", async () => {
    const trace = await openTrace(bundled("lua_bt7.lk.zst"));
    const measured = rows.filter(([options = ""]) => options === "none" || /^`--(nested|psc) [^`]*`$/.test(options));
    expect(measured).toHaveLength(7);
    for (const [options = "", ...told] of measured) {
      const given = [...options.matchAll(/--([a-z-]+) (\w+)/g)].map(([, name = "", value = ""]) => [
        name.replace(/-(.)/, (_, letter: string) => letter.toUpperCase()),
        value,
      ]);
      const { walks } = await simulate(trace, { l1d: "16:4", stlb: "64:4", ...Object.fromEntries(given) });
      const counts = [walks.count, walks.references, walks.nested?.faults ?? "-"];
      expect(told, options).toEqual(counts.map(String));
    }
  });
});

describe("a run in a guest is refused", () => {
  const withNested = (nested: NonNullable<CpuDescription["nested"]>): Config => ({
    cpu: { ...NOT_COMBINED, nested },
    nested: true,
  });
  const tlb = { holds: ["4K"], entries: 4, ways: 4 } as const;
  it.each<[Config, string, string]>([
    [{ nested: "4M" as "4K" }, "nested", "4K, 2M, 1G"],
    [{ nestedTlb: "16:4" }, "nestedTlb", "only with nested"],
    [{ nestedPsc: { pde: 3 } }, "nestedPsc", "only with nested"],
    [{ nested: false, nestedPsc: "none" }, "nestedPsc", "only with nested"],
    [{ nested: true, nestedTlb: "16:5" }, "nestedTlb.ways", "a divisor of the 16 entries"],
    [{ nested: true, nestedPsc: "pte=3" }, "nestedPsc.pte", "pde, pdpte or pml4e"],
    [{ nested: "2M", cpu: "apple-m1-p" }, "nested", "x86-64"],
    [withNested({ tlb: { ...tlb, holds: ["4K", "pde"] } }), "cpu.nested.tlb.holds", "4K, 2M, 1G"],
    [withNested({ tlb: { ...tlb, coalesces: 4 } }), "cpu.nested.tlb.coalesces", "1"],
    [withNested({ tlb: { ...tlb, policy: "opt" } }), "cpu.nested.tlb.policy", "tree-plru"],
    [withNested({ walkCaches: [{ ...tlb, name: "PDE" }] }), "cpu.nested.walkCaches[0].holds", "pde, pdpte, pml4e"],
    [
      withNested({
        walkCaches: Array.from({ length: 9 }, (_, index) => ({ ...tlb, holds: ["pde"], name: `PDE${index}` })),
      }),
      "cpu.nested.walkCaches",
      "8 at most",
    ],
  ])("%j", (config, option, allowed) => {
    expect(() => resolve(config)).toThrow(ConfigError);
    expect(errorOf(() => resolve(config))).toMatchObject({ option, allowed: expect.stringContaining(allowed) });
  });
});
