/**
 * Sets up the machine of a run from the configuration block.
 */
import { mark, release } from "./arena";
import { clearBatch } from "./batch";
import { MAX_STRIP_SLOTS } from "./decoders/known-lines";
import { resetClock } from "./clock";
import { resetCounters } from "./counters";
import { allocateTable, resetFrames } from "./frames";
import { STATUS_OK, STATUS_OUT_OF_MEMORY } from "./layout";
import { l1d, l1i, l1sAreStamped, startAddressSpace, stlb, stlbIsSimd } from "./mmu";
import { ByteTlb } from "./orders/bytes";
import { RingTlb } from "./orders/rings";
import { StampTlb } from "./orders/stamps";
import { HIT_REORDERS_TWICE, HIT_STAMPS } from "./policies/effects";
import { hitEffectOf } from "./policies/index";
import { seedSets } from "./policies/random";
import { pageShiftOf } from "./paging";
import { configureProfile } from "./profile/translator";
import { configurePscs } from "./psc";
import { MAX_SHADOW_SETS, resetShadow } from "./shadow";
import { Tlb } from "./tlb";
import { configureVmas, forgetVmas } from "./vma-table";

/** The options of a run, all u32, as the host writes them. ways divides entries; entries of a cache may be 0. */
@final
@unmanaged
export class MachineConfig {
  l1iEntries: u32;
  l1iWays: u32;
  l1dEntries: u32;
  l1dWays: u32;
  stlbEntries: u32;
  stlbWays: u32;
  pdeEntries: u32;
  pdpteEntries: u32;
  pml4eEntries: u32;
  /** Level of the leaves that first touch makes: 1 is 4 KiB, 2 is 2 MiB, 3 is 1 GiB. */
  leafLevel: u32;
  /** A POLICY_. */
  policy: u32;
  /** Whether the run is profiled: 0 or 1. */
  profiled: u32;
  /** Whether the process of the run has VMAs (vma-table.ts): 0 or 1; and how many, which may be none. */
  hasVmas: u32;
  vmas: u32;
  /** What the choices of POLICY_RANDOM begin with. */
  seed: u32;
}

const address: usize = memory.data(offsetof<MachineConfig>(), 8);
export const machineConfig = changetype<MachineConfig>(address);

/** Everything that was placed before any configuration. */
let start: usize = 0;

/** Forgets every earlier configuration: memory, counters, batch. */
export function startOver(): void {
  if (start == 0) start = mark();
  release(start);
  resetClock();
  resetCounters();
  forgetVmas();
  clearBatch();
}

/** Builds the machine of machineConfig with empty TLBs and an empty address space. Returns a STATUS_. */
export function configureMachine<P>(): u32 {
  startOver();
  const c = machineConfig;
  seedSets(c.seed);
  let placed = configureTlbs<P>(c) && configurePscs(c.pdeEntries, c.pdpteEntries, c.pml4eEntries);
  if (placed && c.profiled) placed = configureProfile(pageShiftOf(c.leafLevel));
  if (placed && c.hasVmas) placed = configureVmas(c.vmas);
  const pml4 = placed && resetFrames() ? allocateTable() : 0;
  if (pml4 == 0) return STATUS_OUT_OF_MEMORY;
  startAddressSpace(pml4, c.leafLevel);
  resetShadow(shadowsEveryHit<P>() ? MAX_SHADOW_SETS : commonSets(l1i.sets, l1d.sets));
  return STATUS_OK;
}

function configureTlbs<P>(c: MachineConfig): bool {
  // The geometry decides on the classes: see mmu.ts.
  l1i.divide(c.l1iEntries, c.l1iWays);
  l1d.divide(c.l1dEntries, c.l1dWays);
  stlb.divide(c.stlbEntries, c.stlbWays);
  if (!(l1sAreStamped() ? configureL1s<P, StampTlb>(c) : configureL1s<P, RingTlb>(c))) return false;
  return stlbIsSimd()
    ? configureTlb<P, ByteTlb>(changetype<ByteTlb>(stlb), c.stlbEntries, c.stlbWays)
    : configureTlb<P, RingTlb>(changetype<RingTlb>(stlb), c.stlbEntries, c.stlbWays);
}

function configureL1s<P, L1 extends Tlb>(c: MachineConfig): bool {
  const configured = configureTlb<P, L1>(changetype<L1>(l1i), c.l1iEntries, c.l1iWays);
  return configured && configureTlb<P, L1>(changetype<L1>(l1d), c.l1dEntries, c.l1dWays);
}

function configureTlb<P, T extends Tlb>(tlb: T, entries: u32, ways: u32): bool {
  // @ts-ignore: P is a policy class; asc checks its instances
  return tlb.configure(entries, ways) && changetype<P>(<usize>0).start<T>(tlb, machineConfig.policy);
}

/** Slots of the decoders' filter that are exact for this machine: see decoders/known-lines.ts. */
export function machineStripSlots(): u32 {
  // For the filter the most recent page of a set is what counts, whatever the policy. It goes by the low bits of
  // 4 KiB page numbers, which do not tell the sets of larger pages apart.
  return machineConfig.leafLevel == 1 ? min(commonSets(l1i.sets, l1d.sets), MAX_STRIP_SLOTS) : 1;
}

/** Whether these slots have to keep two records to a page in a row: see decoders/known-lines.ts. */
export function machineKeepsTwo(): bool {
  return hitEffectOf(machineConfig.policy) == HIT_REORDERS_TWICE;
}

/** Whether every hit in L1 may be shadowed, not only those on the most recent page of a set. */
function shadowsEveryHit<P>(): bool {
  return l1sAreStamped() ? !hitsReorder<P, StampTlb>() : !hitsReorder<P, RingTlb>();
}

function hitsReorder<P, L1 extends Tlb>(): bool {
  const policy = changetype<P>(<usize>0);
  // @ts-ignore: P is a policy class; asc checks its instances
  return policy.hitEffect<L1>(changetype<L1>(l1d)) > HIT_STAMPS;
}

/** The largest power of two up to MAX_SHADOW_SETS that divides both set counts. */
function commonSets(a: u32, b: u32): u32 {
  return min((<u32>1) << ctz(a | b), MAX_SHADOW_SETS);
}

export const CONFIG_L1I_ENTRIES: u32 = offsetof<MachineConfig>("l1iEntries");
export const CONFIG_L1I_WAYS: u32 = offsetof<MachineConfig>("l1iWays");
export const CONFIG_L1D_ENTRIES: u32 = offsetof<MachineConfig>("l1dEntries");
export const CONFIG_L1D_WAYS: u32 = offsetof<MachineConfig>("l1dWays");
export const CONFIG_STLB_ENTRIES: u32 = offsetof<MachineConfig>("stlbEntries");
export const CONFIG_STLB_WAYS: u32 = offsetof<MachineConfig>("stlbWays");
export const CONFIG_PDE_ENTRIES: u32 = offsetof<MachineConfig>("pdeEntries");
export const CONFIG_PDPTE_ENTRIES: u32 = offsetof<MachineConfig>("pdpteEntries");
export const CONFIG_PML4E_ENTRIES: u32 = offsetof<MachineConfig>("pml4eEntries");
export const CONFIG_LEAF_LEVEL: u32 = offsetof<MachineConfig>("leafLevel");
export const CONFIG_POLICY: u32 = offsetof<MachineConfig>("policy");
export const CONFIG_PROFILED: u32 = offsetof<MachineConfig>("profiled");
export const CONFIG_HAS_VMAS: u32 = offsetof<MachineConfig>("hasVmas");
export const CONFIG_VMAS: u32 = offsetof<MachineConfig>("vmas");
export const CONFIG_SEED: u32 = offsetof<MachineConfig>("seed");
