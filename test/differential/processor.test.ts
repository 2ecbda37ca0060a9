/** The kernel's processor against the plain models of test/reference: random tables and accesses, random histories. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkRandomCase, checkRandomCases } from "../conformance/check-random.ts";
import { checkSequence, checkSequences } from "../conformance/check-sequences.ts";
import { KernelMachine } from "../conformance/machine.ts";
import { randomCases } from "../conformance/random-cases.ts";
import { CACHES_OF_SEQUENCES, randomSequence } from "../conformance/random-sequences.ts";
import { Tally } from "../conformance/tally.ts";
import { BUILDS } from "../helpers/builds.ts";

/** Runs `check` and returns what it told of disagreements. */
function disagreements(check: (tally: Tally) => void): string[] {
  const told: string[] = [];
  check(new Tally((line) => told.push(line)));
  return told;
}

const machinesOf = (module: WebAssembly.Module) =>
  Promise.all(CACHES_OF_SEQUENCES.map((caches) => KernelMachine.create(module, caches)));

describe.each(BUILDS)("the processor ($name)", ({ module }) => {
  it("does what the model does, on any tables and registers", async () => {
    const machine = await KernelMachine.create(module);
    expect(disagreements((tally) => checkRandomCases(machine, 11, 20_000, tally))).toEqual([]);
  });

  it("never gives what the tables could not have given since the last invalidation", async () => {
    const machines = await machinesOf(module);
    expect(disagreements((tally) => checkSequences(machines, 12, 10_000, tally))).toEqual([]);
  });

  it("does so from any start, alone and with a prefix of any history", async () => {
    const machine = await KernelMachine.create(module);
    const machines = await machinesOf(module);
    fc.assert(
      fc.property(fc.nat(), fc.nat(machines.length - 1), fc.nat(100), (seed, which, length) => {
        const single = randomCases(seed).next().value;
        const sequence = randomSequence(seed);
        const prefix = { ...sequence, steps: sequence.steps.slice(0, length) };
        expect(disagreements((tally) => checkRandomCase(machine, single, "case", tally))).toEqual([]);
        const chosen = machines[which] as KernelMachine;
        expect(disagreements((tally) => checkSequence(chosen, prefix, "sequence", tally))).toEqual([]);
      }),
      { seed: 13, numRuns: 200 },
    );
  });
});
