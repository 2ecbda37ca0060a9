/** Descriptions of CPUs of every shape, small enough that a few hundred records evict everywhere. */
import fc from "fast-check";
import type {
  AccessKind,
  ArrayDescription,
  CpuDescription,
  CpuPageSize,
  IndexDescription,
  TableEntry,
  TlbDescription,
} from "../../src/config/cpus/description.ts";
import type { Policy } from "../../src/config/types.ts";

type Held = CpuPageSize | TableEntry;

const KINDS: readonly AccessKind[] = ["fetch", "load", "store"];

/** Ways that a policy allows. */
const WAYS: Partial<Record<Policy, readonly number[]>> = { "tree-plru": [1, 2, 4, 8], "mru3-plru4": [12] };
const policy = fc.constantFrom<Policy>(
  "lru",
  "lru",
  "fifo",
  "random",
  "tree-plru",
  "bit-plru",
  "nru",
  "srrip",
  "mru3-plru4",
);

const address = (bits: number) => `0x${(BigInt(bits) << 12n).toString(16)}`;

function indexOf(sets: number): fc.Arbitrary<IndexDescription> {
  const bits = Math.log2(sets);
  if (!Number.isInteger(bits)) return fc.constant("modulo");
  const masks = fc.array(fc.integer({ min: 0, max: 0x7fff_ffff }).map(address), {
    minLength: bits,
    maxLength: bits,
    size: "max",
  });
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant<IndexDescription>("modulo") },
    { weight: 1, arbitrary: fc.constant<IndexDescription>("xor") },
    { weight: 1, arbitrary: masks.map((masks) => ({ masks })) },
  );
}

/** An array that holds `holds`. `coalesces`: whether pages may share its entries. */
function arrayOf(holds: readonly Held[], coalesces: boolean): fc.Arbitrary<ArrayDescription> {
  return policy
    .chain((policy) =>
      fc.record({
        policy: fc.constant(policy),
        ways: fc.constantFrom(...(WAYS[policy] ?? [1, 2, 3, 5])),
        sets: fc.constantFrom(1, 1, 2, 3, 4, 8),
      }),
    )
    .chain(({ policy, ways, sets }) =>
      fc.record({
        holds: fc.constant(holds),
        entries: fc.constant(ways * sets),
        ways: fc.constant(ways),
        policy: fc.constant(policy),
        index: indexOf(sets),
        coalesces: coalesces ? fc.constantFrom(1, 2, 4, 8) : fc.constant(1),
      }),
    );
}

const ARRAYS_OF_LEVEL_1: readonly (readonly Held[][])[] = [
  [["4K", "2M", "1G"]],
  [["4K"], ["2M"], ["1G"]],
  [["4K", "2M"], ["1G"]],
  [["4K"], ["2M"]],
  [["4K"]],
];
const ARRAYS_BELOW: readonly (readonly Held[][])[] = [
  ...ARRAYS_OF_LEVEL_1,
  [["4K", "2M", "pde"], ["1G"]],
  [["4K", "pde", "pdpte"]],
  [["2M"]],
];
const KINDS_OF_LEVEL_1: readonly (readonly AccessKind[])[][] = [
  [["fetch"], ["load", "store"]],
  [["fetch"], ["load", "store"]],
  [["fetch"], ["load"], ["store"]],
  [[...KINDS]],
  [["fetch", "load"], ["store"]],
];
const KINDS_BELOW: readonly (readonly AccessKind[])[][] = [
  [],
  [[...KINDS]],
  [[...KINDS]],
  [["load", "store"]],
  [["fetch"], ["load", "store"]],
  [["fetch", "load"], ["store"]],
];

const seldom = fc.constantFrom(false, false, false, true);
const often = fc.constantFrom(true, true, true, true, true, false);
const rules = fc.record({
  holdsParts: often,
  filledByWalks: often,
  filledByHitsBelow: often,
  takesVictims: seldom,
  exclusive: seldom,
  inclusive: seldom,
  touchedByHitsAbove: seldom,
});

function tlbOf(level: number, kinds: readonly AccessKind[], coalesces: boolean): fc.Arbitrary<TlbDescription> {
  const shapes = level === 1 ? [...ARRAYS_OF_LEVEL_1, [["4K", "2M", "pde"]] as Held[][]] : ARRAYS_BELOW;
  return fc
    .constantFrom(...shapes)
    .chain((shape) =>
      fc.record({
        arrays: fc.tuple(...shape.map((holds) => arrayOf(holds, coalesces && holds.includes("4K")))),
        rules,
      }),
    )
    .map(({ arrays, rules }) => ({ name: `L${level} ${kinds.join("+")}`, level, kinds, arrays, ...rules }));
}

function levelOf(level: number, splits: readonly (readonly AccessKind[])[][], coalesces: boolean) {
  return fc.constantFrom(...splits).chain((tlbs) => fc.tuple(...tlbs.map((kinds) => tlbOf(level, kinds, coalesces))));
}

const WALK_CACHES: readonly (readonly TableEntry[][])[] = [
  [],
  [["pde"], ["pdpte"], ["pml4e"]],
  [["pde", "pdpte", "pml4e"]],
  [["pde"]],
  [["pde"], ["pdpte", "pml4e"], ["pde"]],
];

/** `coalesces`: whether there are entries that pages share. */
export function descriptions(coalesces: boolean): fc.Arbitrary<CpuDescription> {
  const walkCaches = fc
    .constantFrom(...WALK_CACHES)
    .chain((caches) => fc.tuple(...caches.map((holds) => arrayOf(holds, false))))
    .map((caches) => caches.map((cache, index) => ({ name: `walk cache ${index}`, ...cache })));
  return fc
    .tuple(
      levelOf(1, KINDS_OF_LEVEL_1, coalesces),
      levelOf(2, KINDS_BELOW, coalesces),
      levelOf(3, [[], [], ...KINDS_BELOW], coalesces),
      walkCaches,
    )
    .map(([first, second, third, walkCaches]) => ({
      schema: "pagewalk/cpu@1",
      title: "made up",
      pageSizes: ["4K", "2M", "1G"],
      tlbs: [...first, ...second, ...third],
      walkCaches,
    }));
}
