/** A bounded part of `npm run fuzz`, and the inputs that it once found something with. */
import { describe, expect, it } from "vitest";
import { fuzz, seedsOf } from "./fuzz.ts";

const RUNS = 120;

const seeds = await seedsOf();

describe.each(seeds.map(({ name }) => name))("mutated inputs made of %s", (name) => {
  it("end with counts or a TraceError, whatever the pieces", async () => {
    const { endings, found } = await fuzz({ first: 1, runs: RUNS, only: name });
    expect(found.map(({ run, message }) => ({ run, message }))).toEqual([]);
    expect(endings.error).toBeGreaterThan(RUNS / 10);
  });
});
