/**
 * Whether something is a description of a CPU: `description.ts` as it is checked. What fields mean together is checked by
 * `resolve.ts`.
 */
import * as v from "valibot";
import { LINE_BYTES, MAX_CYCLES, MAX_DATA_CACHE_BYTES, MAX_DATA_CACHE_WAYS, MAX_WALKERS } from "../cost.ts";
import { checked, type Fields, list, object, oneOf, text, whole } from "../schema-parts.ts";
import { POLICIES } from "../types.ts";
import {
  ACCESS_KINDS,
  type ArrayDescription,
  CPU_PAGE_SIZES,
  type CpuDescription,
  type DataCacheDescription,
  type NestedDescription,
  PREFETCH_REPLACEMENTS,
  PREFETCHERS,
  type PrefetchDescription,
  STATUSES,
  TABLE_ENTRIES,
  type TlbDescription,
  type WalkCacheDescription,
} from "./description.ts";
import { MAX_PREFETCH_DEGREE, MAX_PREFETCH_ROWS } from "./prefetch.ts";

/** What lists and texts of a description may have at most: it may come from anywhere. */
const MAX_NAME = 24;
const MAX_TITLE = 200;
const MAX_TEXT = 2000;
const MAX_ENTRIES = 1 << 24;

function claimOf<Value extends v.GenericSchema>(value: Value) {
  return { value, status: oneOf(STATUSES), source: text(MAX_TEXT) };
}

/** `value`, bare or with who says so; `allowed` tells the values. */
function given<Value extends v.GenericSchema>(value: Value, allowed: string) {
  const claim = claimOf(value);
  const sourced = object({ ...claim, others: v.exactOptional(list(object(claim), "claims")) });
  return v.union([value, sourced], `${allowed}; or an object of value, status, source, others`);
}

const NAME_RULE = `a name of 1 to ${MAX_NAME} capital letters, digits and -, as L1D`;
const NAME = v.pipe(v.string(NAME_RULE), v.maxLength(MAX_NAME, NAME_RULE), v.regex(/^[A-Z][A-Z0-9-]*$/, NAME_RULE));
const SIZES_AND_TABLES = oneOf([...CPU_PAGE_SIZES, ...TABLE_ENTRIES]);
const WAYS = `a whole number from 1 to ${MAX_ENTRIES}, or full`;
const INDEX = "modulo, xor, or an object of masks";
const FLAG = given(v.boolean("true or false"), "true or false");
const CYCLES_RULE = `a number from 0 to ${MAX_CYCLES}`;
const CYCLES = given(
  v.pipe(v.number(CYCLES_RULE), v.minValue(0, CYCLES_RULE), v.maxValue(MAX_CYCLES, CYCLES_RULE)),
  CYCLES_RULE,
);

const ARRAY_FIELDS = {
  holds: list(SIZES_AND_TABLES, "page sizes or entries of paging structures"),
  entries: given(whole(1, MAX_ENTRIES), `a whole number from 1 to ${MAX_ENTRIES}`),
  ways: given(v.union([whole(1, MAX_ENTRIES), v.literal("full")], WAYS), WAYS),
  policy: v.exactOptional(given(oneOf(POLICIES), POLICIES.join(", "))),
  index: v.exactOptional(
    given(v.union([oneOf(["modulo", "xor"]), object({ masks: list(text(MAX_NAME), "masks") })], INDEX), INDEX),
  ),
  coalesces: v.exactOptional(given(v.picklist([1, 2, 4, 8], "1, 2, 4, 8"), "1, 2, 4, 8")),
} satisfies Fields<ArrayDescription>;

const ARRAY = object(ARRAY_FIELDS);

const WALK_CACHE = object({ name: NAME, ...ARRAY_FIELDS } satisfies Fields<WalkCacheDescription>);

const TLB = object({
  name: NAME,
  level: whole(1, 3),
  kinds: list(oneOf(ACCESS_KINDS), "kinds of accesses"),
  arrays: list(ARRAY, "arrays"),
  holdsParts: v.exactOptional(FLAG),
  filledByWalks: v.exactOptional(FLAG),
  filledByHitsBelow: v.exactOptional(FLAG),
  takesVictims: v.exactOptional(FLAG),
  exclusive: v.exactOptional(FLAG),
  inclusive: v.exactOptional(FLAG),
  touchedByHitsAbove: v.exactOptional(FLAG),
} satisfies Fields<TlbDescription>);

const PREFETCH_COUNT = (what: string, most: number) => given(whole(1, most), `${what}, 1 to ${most}`);

const PREFETCH = object({
  policy: given(oneOf(PREFETCHERS), PREFETCHERS.join(", ")),
  degree: v.exactOptional(PREFETCH_COUNT("pages", MAX_PREFETCH_DEGREE)),
  table: v.exactOptional(PREFETCH_COUNT("rows", MAX_PREFETCH_ROWS)),
  buffer: v.exactOptional(PREFETCH_COUNT("entries", MAX_ENTRIES)),
  replacement: v.exactOptional(given(oneOf(PREFETCH_REPLACEMENTS), PREFETCH_REPLACEMENTS.join(", "))),
  kinds: v.exactOptional(list(oneOf(ACCESS_KINDS), "kinds of accesses")),
} satisfies Fields<PrefetchDescription>);

const DATA_CACHE = object({
  name: NAME,
  bytes: given(whole(LINE_BYTES, MAX_DATA_CACHE_BYTES), `a whole number from ${LINE_BYTES} to ${MAX_DATA_CACHE_BYTES}`),
  ways: given(whole(1, MAX_DATA_CACHE_WAYS), `a whole number from 1 to ${MAX_DATA_CACHE_WAYS}`),
  cycles: CYCLES,
} satisfies Fields<DataCacheDescription>);

const NESTED = object({
  tlb: v.exactOptional(v.nullable(ARRAY)),
  combined: v.exactOptional(FLAG),
  walkCaches: v.exactOptional(v.array(WALK_CACHE, "a list of walk caches")),
} satisfies Fields<NestedDescription>);

/** Descriptions of CPUs. @internal */
export const CPU_SCHEMA = object({
  $schema: v.exactOptional(text(MAX_TEXT)),
  schema: v.literal("pagewalk/cpu@1", "pagewalk/cpu@1"),
  title: text(MAX_TITLE),
  architecture: v.exactOptional(oneOf(["x86-64", "arm64"])),
  pageSizes: list(oneOf(CPU_PAGE_SIZES), "page sizes"),
  tlbs: list(TLB, "TLBs"),
  walkCaches: v.exactOptional(v.array(WALK_CACHE, "a list of walk caches")),
  prefetch: v.exactOptional(PREFETCH),
  nested: v.exactOptional(NESTED),
  walkers: v.exactOptional(given(whole(1, MAX_WALKERS), `a whole number from 1 to ${MAX_WALKERS}`)),
  hitBelowCycles: v.exactOptional(list(CYCLES, "numbers of cycles")),
  walkCycles: v.exactOptional(CYCLES),
  walkReferenceCycles: v.exactOptional(CYCLES),
  dataCaches: v.exactOptional(list(DATA_CACHE, "data caches")),
  memoryCycles: v.exactOptional(CYCLES),
  notes: v.exactOptional(list(text(MAX_TEXT), "notes")),
} satisfies Fields<CpuDescription>);

/** The parts that `description.ts` has interfaces of, by their names; and the kinds of values that many fields have. @internal */
export const CPU_SCHEMA_PARTS = {
  TlbDescription: TLB,
  ArrayDescription: ARRAY,
  WalkCacheDescription: WALK_CACHE,
  PrefetchDescription: PREFETCH,
  DataCacheDescription: DATA_CACHE,
  NestedDescription: NESTED,
  GivenFlag: FLAG,
  GivenCycles: CYCLES,
};

/** `given`, if it is a description. Throws ConfigError with the path of what is wrong, which begins with `path`. */
export function checkDescription(given: unknown, path = "cpu"): CpuDescription {
  return checked(CPU_SCHEMA, given, path);
}
