/** Replacement policies of a user's own: their contract, and what a configuration may have of them. docs/policies.md tells more. */
import { ConfigError } from "../errors.ts";
import { POLICIES, type Policy } from "./types.ts";

/**
 * A replacement policy of one array of a TLB. Sets and ways are numbered from 0. Invalid ways of a set, the first of them first, are
 * filled before any is evicted.
 */
export interface ReplacementPolicy {
  /** The array has `sets` sets of `ways` ways, all invalid. Called once, before anything else. May throw if it cannot be. */
  configure(sets: number, ways: number): void;
  /** A hit on `way`, which is valid. */
  touch(set: number, way: number): void;
  /**
   * `way`, which was invalid or the victim, holds `page` now: the number of the first 4 KiB page (address / 4096, below 2^52) of what
   * is mapped.
   */
  fill(set: number, way: number, page: number): void;
  /** The way to evict, all being valid. It is filled at once. */
  victim(set: number): number;
  /** `way` is no longer valid. Told before anything else of the same set is. */
  invalidate?(set: number, way: number): void;
  /**
   * Whether touch() of the way that was touched or filled last in its set changes nothing. Runs of accesses to one page then take one
   * call instead of one each. @default false
   */
  readonly idempotent?: boolean;
}

/** A class of such: each array gets an instance of its own. */
export type ReplacementPolicyClass = new () => ReplacementPolicy;

/**
 * A policy as a WebAssembly module, which is instantiated once for all arrays. It exports, with `array` a number of the host's choice,
 * all i32 but `page`, which is f64: `configure(array, sets, ways)`, `touch(array, set, way)`, `fill(array, set, way, page)`,
 * `victim(array, set): i32`; perhaps `invalidate(array, set, way)`, and a global `idempotent`, i32, that is not 0.
 */
export interface WasmPolicy {
  /** As results call it. */
  name: string;
  /** The module's bytes. */
  wasm: Uint8Array;
}

/** An instance is for one array alone. */
export type OwnPolicy = ReplacementPolicyClass | ReplacementPolicy | WasmPolicy;

/** What results call a policy: its name, or that of a user's own behind `custom:`. */
export type PolicyName = Policy | `custom:${string}`;

export type PolicyChoice = Policy | (string & {}) | OwnPolicy;

/** A policy for each TLB that is named, in lower case; `*` is any other. */
export type PolicyChoices = Readonly<Record<string, PolicyChoice>>;

const MAX_NAME_LENGTH = 40;

/** Whether `name` is that of a user's own. */
export function isOwnPolicy(name: PolicyName): name is `custom:${string}` {
  return name.startsWith("custom:");
}

/** Whether `policy` is a module. */
export function isWasmPolicy(policy: OwnPolicy): policy is WasmPolicy {
  return "wasm" in policy;
}

/** What OwnPolicies has, which is not data. */
const policiesOf = new WeakMap<OwnPolicies, Map<`custom:${string}`, OwnPolicy>>();

/** The users' own policies of a configuration, by name. As JSON and where it is cloned there is nothing of it but names. */
export class OwnPolicies {
  constructor() {
    policiesOf.set(this, new Map());
  }

  /** The name of `policy`. Throws ConfigError if it cannot be one. */
  add(policy: unknown): `custom:${string}` {
    const own = ownPolicyOf(policy);
    const policies = policiesOf.get(this) ?? new Map();
    for (const [name, known] of policies) if (known === own) return name;
    const stem = `custom:${nameOf(own)}` as const;
    let name = stem;
    for (let number = 2; policies.has(name); number++) name = `${stem}-${number}`;
    policies.set(name, own);
    return name;
  }

  get(name: PolicyName): OwnPolicy | undefined {
    return isOwnPolicy(name) ? policiesOf.get(this)?.get(name) : undefined;
  }

  get names(): `custom:${string}`[] {
    return [...(policiesOf.get(this)?.keys() ?? [])];
  }

  toJSON(): string[] {
    return this.names;
  }
}

/** `given` as a choice for each TLB: text may be `lru`, or `l1d=tree-plru,stlb=lru`. Throws ConfigError. */
export function policyChoices(given: PolicyChoice | PolicyChoices): Map<string, PolicyChoice> {
  if (typeof given === "string") {
    const choices = new Map<string, PolicyChoice>();
    for (const part of given.split(",")) {
      const [nameOrPolicy = "", policy] = part.split("=");
      const [name, choice] = policy === undefined ? ["*", nameOrPolicy] : [nameOrPolicy.toLowerCase(), policy];
      if (choices.has(name)) throw new ConfigError("policy", given, "one policy for each TLB, and one for the others");
      choices.set(name, choice);
    }
    return choices;
  }
  if (typeof given !== "function" && (typeof given !== "object" || given === null)) throw noPolicy(given);
  if (typeof given === "function" || isOneOf(given)) return new Map([["*", given as OwnPolicy]]);
  return new Map(Object.entries(given as PolicyChoices));
}

function isOneOf(given: object): boolean {
  return "victim" in given || "wasm" in given;
}

function ownPolicyOf(policy: unknown): OwnPolicy {
  if (typeof policy === "function") return policy as ReplacementPolicyClass;
  if (typeof policy !== "object" || policy === null || !isOneOf(policy)) throw noPolicy(policy);
  if ("wasm" in policy && !(policy.wasm instanceof Uint8Array)) {
    throw new ConfigError("policy", "wasm that is no Uint8Array", "the bytes of a WebAssembly module");
  }
  return policy as OwnPolicy;
}

function noPolicy(got: unknown): ConfigError {
  const allowed = `${POLICIES.join(", ")}; a class with configure, touch, fill and victim; or { name, wasm }`;
  return new ConfigError("policy", typeof got === "object" ? "an object that is none" : got, allowed);
}

/** A name of letters and digits that fits into a table. */
function nameOf(policy: OwnPolicy): string {
  const name = typeof policy === "function" || isWasmPolicy(policy) ? policy.name : policy.constructor.name;
  return (String(name).replace(/[^\w.-]/g, "_") || "unnamed").slice(0, MAX_NAME_LENGTH);
}
