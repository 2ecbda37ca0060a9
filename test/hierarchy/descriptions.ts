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
import { TLB_DEFAULTS, TLB_RULES } from "../../src/config/cpus/resolve.ts";
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
  if (bits === 0 || !Number.isInteger(bits)) return fc.constant("modulo");
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

/** How wild a description is: what is out of the ordinary everywhere hides what follows from any one of it. */
interface Style {
  /** Of all arrays; `null`: each has its own. */
  policy: Policy | null;
  index: "modulo" | "any";
  rules: "usual" | "one" | "any";
}

const style: fc.Arbitrary<Style> = fc.record({
  policy: fc.option(policy, { freq: 2 }),
  index: fc.constantFrom("modulo", "any"),
  rules: fc.constantFrom("usual", "one", "one", "any"),
});

/** An array that holds `holds`. `coalesces`: whether pages may share its entries. */
function arrayOf(holds: readonly Held[], coalesces: boolean, style: Style): fc.Arbitrary<ArrayDescription> {
  return (style.policy === null ? policy : fc.constant(style.policy))
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
        index: style.index === "modulo" ? fc.constant("modulo" as const) : indexOf(sets),
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

const oneOther = fc.constantFrom(...TLB_RULES).map((rule) => ({ ...TLB_DEFAULTS, [rule]: !TLB_DEFAULTS[rule] }));
const often = fc.constantFrom(true, true, true, true, true, false);
const seldom = fc.constantFrom(false, false, false, true);
const anyRules = fc.record({
  holdsParts: often,
  filledByWalks: often,
  filledByHitsBelow: often,
  takesVictims: seldom,
  exclusive: seldom,
  inclusive: seldom,
  touchedByHitsAbove: seldom,
});

function rulesOf({ rules }: Style): fc.Arbitrary<Record<keyof typeof TLB_DEFAULTS, boolean>> {
  if (rules === "any") return anyRules;
  const usual = fc.constant(TLB_DEFAULTS);
  return rules === "usual" ? usual : fc.oneof(usual, oneOther);
}

function tlbOf(
  level: number,
  kinds: readonly AccessKind[],
  coalesces: boolean,
  style: Style,
): fc.Arbitrary<TlbDescription> {
  const shapes = level === 1 ? [...ARRAYS_OF_LEVEL_1, [["4K", "2M", "pde"]] as Held[][]] : ARRAYS_BELOW;
  return fc
    .constantFrom(...shapes)
    .chain((shape) =>
      fc.record({
        arrays: fc.tuple(...shape.map((holds) => arrayOf(holds, coalesces && holds.includes("4K"), style))),
        rules: rulesOf(style),
      }),
    )
    .map(({ arrays, rules }) => ({
      name: `L${level}-${kinds.map((kind) => kind[0]?.toUpperCase()).join("")}`,
      level,
      kinds,
      arrays,
      ...rules,
    }));
}

function levelOf(level: number, splits: readonly (readonly AccessKind[])[][], coalesces: boolean, style: Style) {
  return fc
    .constantFrom(...splits)
    .chain((tlbs) => fc.tuple(...tlbs.map((kinds) => tlbOf(level, kinds, coalesces, style))));
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
  return style.chain((style) => describedIn(style, coalesces));
}

function describedIn(style: Style, coalesces: boolean): fc.Arbitrary<CpuDescription> {
  const walkCaches = fc
    .constantFrom(...WALK_CACHES)
    .chain((caches) => fc.tuple(...caches.map((holds) => arrayOf(holds, false, style))))
    .map((caches) => caches.map((cache, index) => ({ name: `WALK-${index}`, ...cache })));
  return fc
    .tuple(
      levelOf(1, KINDS_OF_LEVEL_1, coalesces, style),
      levelOf(2, KINDS_BELOW, coalesces, style),
      levelOf(3, [[], [], ...KINDS_BELOW], coalesces, style),
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
