/** Descriptions of CPUs: what is checked, what is told of what is wrong, and what is published. UPDATE_GOLDEN=1 writes the latter. */
import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CPU_PRESETS } from "../../src/config/cpus/presets.ts";
import { checkDescription } from "../../src/config/cpus/schema.ts";
import { resolve } from "../../src/config/resolve.ts";
import { ConfigError } from "../../src/errors.ts";
import { errorOf } from "./error-of.ts";
import { fieldsSaid, publishedSchema } from "./published-schema.ts";

const FILE = new URL("../../schemas/cpu.schema.json", import.meta.url);

/** A description that may be changed into anything. */
// biome-ignore lint/suspicious/noExplicitAny: what a user may have written
type Anything = any;

function skylake(change: (cpu: Anything) => void): unknown {
  const cpu = structuredClone(CPU_PRESETS.skylake);
  change(cpu);
  return cpu;
}

const CLAIM = { value: 4, status: "vendor", source: "a manual" };
const OBJECT = "or an object of value, status, source, others";

describe("checkDescription()", () => {
  it.each(Object.entries(CPU_PRESETS))("takes %s for what it is", (_, cpu) => {
    expect(checkDescription(cpu)).toEqual(cpu);
    expect(checkDescription(JSON.parse(JSON.stringify(cpu)))).toEqual(cpu);
  });

  it.each<[change: (array: Anything) => void, path: string, got: string, allowed: string]>([
    [(array) => (array.ways = "4x"), "ways", '"4x"', `a whole number from 1 to 16777216, or full; ${OBJECT}`],
    [
      (array) => (array.ways = { ...CLAIM, value: "4x" }),
      "ways.value",
      '"4x"',
      "a whole number from 1 to 16777216, or",
    ],
    [(array) => (array.ways = { ...CLAIM, status: "?" }), "ways.status", '"?"', "vendor, measured, secondary, assumed"],
    [
      (array) => (array.ways = { value: 4, status: "vendor" }),
      "ways.source",
      "nothing",
      "text of 1 to 2000 characters",
    ],
    [(array) => (array.ways = { ...CLAIM, others: [] }), "ways.others", "an empty list", "a list of 1 to 64 claims"],
    [(array) => (array.ways = { ...CLAIM, others: [{ ...CLAIM, value: 0 }] }), "ways.others[0].value", "0", "a whole"],
    [(array) => (array.ways = { ...CLAIM, src: "" }), "ways.src", "an unknown field", "value, status, source, others"],
    [(array) => (array.ways = null), "ways", "null", "a whole number"],
    [(array) => (array.ways = [4]), "ways", "a list of 1", "a whole number"],
    [(array) => delete array.ways, "ways", "nothing", "a whole number from 1 to 16777216, or full"],
    [(array) => (array.wayz = 4), "wayz", "an unknown field", "holds, entries, ways, policy, index, coalesces"],
    [(array) => (array.entries = 1.5), "entries", "1.5", "a whole number from 1 to 16777216"],
    [(array) => (array.entries = 2 ** 25), "entries", "33554432", "a whole number from 1 to 16777216"],
    [(array) => (array.policy = "mru"), "policy", '"mru"', `lru, fifo, random, tree-plru`],
    [(array) => (array.index = "hash"), "index", '"hash"', `modulo, xor, or an object of masks; ${OBJECT}`],
    [(array) => (array.index = { masks: [1] }), "index.masks[0]", "1", "text"],
    [(array) => (array.index = { ...CLAIM, value: { masks: [] } }), "index.value.masks", "an empty list", "a list of"],
    [(array) => (array.index = { masks: ["0x1"], of: 1 }), "index.of", "an unknown field", "masks"],
    [(array) => (array.holds = ["4K", "8K"]), "holds[1]", '"8K"', "4K, 2M, 1G, 16K, 32M, 64K, 512M, pde, pdpte, pml4e"],
    [(array) => (array.coalesces = 3), "coalesces", "3", "1, 2, 4, 8"],
  ])("tells what is wrong with an array, and where: %#", (change, path, got, allowed) => {
    const error = errorOf(() => checkDescription(skylake(({ tlbs }) => change(tlbs[0].arrays[1]))));
    expect(error).toMatchObject({ option: `cpu.tlbs[0].arrays[1].${path}`, got });
    expect((error as ConfigError).allowed).toContain(allowed);
  });

  it.each<[change: (cpu: Anything) => void, message: string]>([
    [(cpu) => delete cpu.schema, "cpu.schema: got nothing; allowed: pagewalk/cpu@1"],
    [(cpu) => (cpu.schema = "pagewalk/cpu@2"), 'cpu.schema: got "pagewalk/cpu@2"; allowed: pagewalk/cpu@1'],
    [(cpu) => (cpu.tlbs = []), "cpu.tlbs: got an empty list; allowed: a list of 1 to 64 TLBs"],
    [(cpu) => (cpu.tlbs = Array(65).fill(cpu.tlbs[0])), "cpu.tlbs: got a list of 65; allowed: a list of 1 to 64 TLBs"],
    [(cpu) => (cpu.tlbs[1] = 7), "cpu.tlbs[1]: got 7; allowed: an object of name, level, kinds, arrays"],
    [(cpu) => (cpu.tlbs[1].name = "l1 d"), 'cpu.tlbs[1].name: got "l1 d"; allowed: a name of 1 to 24 capital letters'],
    [(cpu) => (cpu.tlbs[1].level = 4), "cpu.tlbs[1].level: got 4; allowed: a whole number from 1 to 3"],
    [(cpu) => (cpu.tlbs[1].inclusive = "yes"), 'cpu.tlbs[1].inclusive: got "yes"; allowed: true or false; or an'],
    [(cpu) => (cpu.hitBelowCycles = [-1]), "cpu.hitBelowCycles[0]: got -1; allowed: a number from 0 to 1000000"],
    [
      (cpu) => (cpu.title = "x".repeat(201)),
      `cpu.title: got "${"x".repeat(40)}…"; allowed: text of 1 to 200 characters`,
    ],
    [(cpu) => (cpu["\u001b".repeat(99)] = 1), "got an unknown field; allowed: $schema, schema, title"],
    // What only resolve() can tell.
    [(cpu) => (cpu.tlbs[1].name = "L1I"), "cpu.tlbs[1].name: got L1I; allowed: a name that cpu.tlbs[0] has not"],
    [(cpu) => (cpu.walkCaches[1].name = "PDE"), "cpu.walkCaches[1].name: got PDE; allowed: a name that"],
    [(cpu) => cpu.tlbs[1].kinds.pop(), "cpu.tlbs: got no TLB of level 1; allowed: one for each store"],
    [(cpu) => (cpu.tlbs[1].arrays[0].ways = 5), 'cpu.tlbs[1].arrays[0].ways: got 5; allowed: "full" or a divisor'],
    [(cpu) => (cpu.pageSizes = ["2M"]), "cpu.pageSizes: got 2M; allowed: the first of 4K, 2M, 1G; or 16K, 32M"],
  ])("tells what is wrong with a CPU: %#", (change, message) => {
    expect(errorOf(() => resolve({ cpu: skylake(change) as never })).message).toContain(message);
  });

  it.each(["flat", "cached"] as const)("tells it of a CPU whose cost is asked for, too: %s", (cost) => {
    const cpu = skylake((cpu) => (cpu.dataCaches = [null])) as never;
    expect(errorOf(() => resolve({ cpu, cost })).message).toContain("cpu.dataCaches[0]: got null; allowed: an object");
  });

  it.each([5, [], () => 1, Symbol("cpu")])("refuses what is no object: %s", (cpu) => {
    expect(errorOf(() => resolve({ cpu: cpu as never }))).toBeInstanceOf(ConfigError);
  });

  it("refuses anything else in a description, at its place, or simulates it", () => {
    const places = placesIn(CPU_PRESETS.zen4);
    const anything = fc.oneof(
      fc.anything(),
      fc.jsonValue(),
      fc.constantFrom("full", 0, -1, 3, "xor", {}, [], null, true),
    );
    fc.assert(
      fc.property(fc.constantFrom(...places), anything, (place, value) => {
        const cpu: Anything = structuredClone(CPU_PRESETS.zen4);
        const last = place.at(-1) as string;
        place.slice(0, -1).reduce((inside, key) => inside[key], cpu)[last] = value;
        try {
          resolve({ cpu });
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
          expect((error as ConfigError).option).toMatch(/^cpu\b/);
        }
      }),
      { seed: 8, numRuns: 1500 },
    );
  });
});

/** Paths of all that is in `value`. */
function placesIn(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [[key], ...placesIn(item).map((path) => [key, ...path])]);
}

describe("schemas/cpu.schema.json", () => {
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(FILE, publishedSchema());
  const text = readFileSync(FILE, "utf8");

  it("is made of what is checked (UPDATE_GOLDEN=1 writes it anew)", () => {
    expect(text).toBe(publishedSchema());
  });

  it("says what every field is", () => {
    const { properties, $defs } = JSON.parse(text);
    for (const { properties: of } of [{ properties }, ...Object.values<{ properties?: object }>($defs)]) {
      if (of === undefined) continue; // values
      for (const [name, field] of Object.entries<{ description?: string }>(of)) {
        expect([name, field.description]).toEqual([name, expect.stringMatching(/\.$/)]);
      }
    }
    expect(fieldsSaid().get("WalkCacheDescription")?.get("ways")).toBe(
      $defs.ArrayDescription.properties.ways.description,
    );
  });
});
