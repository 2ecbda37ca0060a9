/**
 * Powers the processor on, with the caches of machineConfig (machine.ts).
 */
import { STATUS_OK, STATUS_OUT_OF_MEMORY } from "../layout";
import { machineConfig, startOver } from "../machine";
import { seedSets } from "../policies/random";
import { keepOnFaults } from "./access";
import { dropAll, forgetArrays, l1d, l1i, placeStructureCaches, placeTlb, resetFilled, stlb } from "./caches";
import { setGranule } from "./granule";
import { clearMemory, startMemory } from "./memory";
import { resetRegisters } from "./registers";
import { resetResult } from "./result";

/** Memory, caches, counters and registers empty. Returns a STATUS_. */
export function configureProcessor(): u32 {
  setGranule(0);
  return placeCaches() && startMemory() ? STATUS_OK : STATUS_OUT_OF_MEMORY;
}

/** configureProcessor() without memory: what else is to be placed comes before startMemory(). False if there is no memory left. */
export function placeCaches(): bool {
  startOver();
  resetRegisters();
  resetResult();
  resetFilled();
  forgetArrays();
  keepOnFaults(false);
  const c = machineConfig;
  seedSets(c.seed);
  return (
    placeTlb(l1i, c.l1iEntries, c.l1iWays) &&
    placeTlb(l1d, c.l1dEntries, c.l1dWays) &&
    placeTlb(stlb, c.stlbEntries, c.stlbWays) &&
    placeStructureCaches(c.pdeEntries, c.pdpteEntries, c.pml4eEntries)
  );
}

/** Forgets every frame and every translation. Returns a STATUS_. */
export function clearProcessorMemory(): u32 {
  dropAll();
  return clearMemory() ? STATUS_OK : STATUS_OUT_OF_MEMORY;
}
