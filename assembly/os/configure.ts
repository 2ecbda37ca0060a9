/** Sets up a replay with an operating system, from the configuration block and that of the system (config.ts). */
import { STATUS_OK, STATUS_OUT_OF_MEMORY } from "../layout";
import { hierarchyConfig } from "../hierarchy/config";
import { startPrefetcher } from "../hierarchy/prefetch";
import { startTlbs } from "../hierarchy/tlbs";
import { machineKeepsTwo } from "../machine";
import { nestedConfig } from "../nested/config";
import { startHostTables } from "../nested/host-tables";
import { startNestedCaches } from "../nested/translate";
import { keepOnFaults } from "../processor/access";
import { l1d, l1i } from "../processor/caches";
import { placeCaches } from "../processor/configure";
import { granuleBits, setGranule } from "../processor/granule";
import { startMemory } from "../processor/memory";
import { CR0_WP, CR4_PCIDE, EFER_NXE, registers } from "../processor/registers";
import { osConfig } from "./config";
import { startFrames } from "./frames";
import { startHuge } from "./huge";
import { startPasses } from "./khugepaged";
import { startObjects } from "./objects";
import { startPhysical } from "./physical";
import { startProcesses } from "./process";
import { resetRecent } from "./recent";
import { startReclaim } from "./reclaim/index";
import { startReplay } from "./replay";
import { startSwap } from "./swap";
import { startSwitching } from "./switching";
import { startTimeline } from "./timeline";
import { startUses } from "./uses";

/** Bits of a physical address. */
const MAX_PHY_ADDR: u64 = 52;

/** Empty TLBs, and a process for each trace, in which everything is mapped unless a timeline says what. Returns a STATUS_. */
export function configureOsReplay(): u32 {
  const status = startSystem();
  if (status != STATUS_OK) return status;
  keepOnFaults(true);
  startReplay();
  startHuge();
  startPasses();
  return startTimeline(osConfig.changes, osConfig.traces) && startSwitching() ? STATUS_OK : STATUS_OUT_OF_MEMORY;
}

/** Empty TLBs, and no process yet, but frames with bytes; page faults invalidate what the SDM says. Returns a STATUS_. */
export function configureProcesses(): u32 {
  osConfig.bytes = 1;
  return startSystem();
}

/** A processor as Linux sets it up, memory without anything in it, and no process. Returns a STATUS_. */
function startSystem(): u32 {
  setGranule(hierarchyConfig.granuleShift);
  const hasHierarchy = hierarchyConfig.present != 0;
  if (!placeCaches() || (hasHierarchy && !(startTlbs() && startPrefetcher()))) return STATUS_OUT_OF_MEMORY;
  if (!startNestedCaches()) return STATUS_OUT_OF_MEMORY;
  if (!startMemory() || (nestedConfig.present && !startHostTables())) return STATUS_OUT_OF_MEMORY;
  registers.cr0 = CR0_WP;
  registers.cr4 = osConfig.pcids != 0 ? CR4_PCIDE : 0;
  registers.efer = EFER_NXE;
  registers.maxPhyAddr = MAX_PHY_ADDR;
  registers.pages1G = 1;
  resetRecent(recentSets(), hierarchyConfig.splitsStores != 0, !hierarchyConfig.present && machineKeepsTwo());
  const started =
    startPhysical() &&
    startFrames() &&
    startSwap() &&
    startReclaim() &&
    startUses() &&
    startObjects() &&
    startProcesses();
  return started ? STATUS_OK : STATUS_OUT_OF_MEMORY;
}

/** Sets for which the page used last in each of the L1 TLBs is noted; 0: none is. */
export function recentSets(): u32 {
  const c = hierarchyConfig;
  if (c.present) return mayHaveLargePages() ? c.recentLarge : c.recentSets;
  return mayHaveLargePages() ? 1 : commonSets(l1i.sets, l1d.sets);
}

function mayHaveLargePages(): bool {
  return granuleBits > 0 || osConfig.leafLevel > 1 || osConfig.mixesSizes != 0 || osConfig.transparent != 0;
}

/** The largest power of two that divides both. */
function commonSets(a: u32, b: u32): u32 {
  return (<u32>1) << ctz(a | b);
}
