/** The users' own policies of a run, as the kernel's module calls them (assembly/policies/custom.ts). */
import type { ResolvedArray, ResolvedCpu } from "../config/cpus/resolved.ts";
import {
  isOwnPolicy,
  isWasmPolicy,
  type OwnPolicy,
  type ReplacementPolicy,
  type WasmPolicy,
} from "../config/own-policy.ts";
import { ConfigError, KernelError, messageOf } from "../errors.ts";

/** What the module imports. Arrays by their numbers: those of TLBs in their order. */
export interface PolicyImports {
  policyTouch(array: number, set: number, way: number): void;
  policyFill(array: number, set: number, way: number, page: number): void;
  policyVictim(array: number, set: number): number;
  policyInvalidate(array: number, set: number, way: number): void;
}

/** What a module of a policy exports, all that the kernel calls. */
interface WasmExports {
  configure(array: number, sets: number, ways: number): void;
  touch: PolicyImports["policyTouch"];
  fill: PolicyImports["policyFill"];
  victim: PolicyImports["policyVictim"];
  invalidate?: PolicyImports["policyInvalidate"];
  idempotent?: { value: unknown };
}

const METHODS = ["configure", "touch", "fill", "victim"] as const;

const none = (): never => {
  throw new KernelError("policy", "this run has no policy of the user's own");
};

/** What the module is given where there are none. */
export const NO_POLICIES: PolicyImports = {
  policyTouch: none,
  policyFill: none,
  policyVictim: none,
  policyInvalidate: none,
};

/** One array with such a policy. */
interface OwnArray {
  policy: ReplacementPolicy;
  /** The policy and where it is, for messages. */
  name: string;
  ways: number;
}

export class OwnPolicyLinks {
  /** By the number of the array. */
  readonly #arrays: OwnArray[] = [];
  readonly #idempotent = new Set<string>();
  /** The module that is the only policy: the kernel calls it without a detour through JavaScript. */
  #direct: WasmExports | null = null;

  /** Those of `cpu`, each configured for its arrays; `null`: it has none. Rejects with ConfigError if one cannot be. */
  static async of(cpu: ResolvedCpu | undefined): Promise<OwnPolicyLinks | null> {
    const { own } = cpu ?? {};
    if (cpu === undefined || own === undefined) return null;
    const links = new OwnPolicyLinks();
    const modules = new Map<OwnPolicy, WasmExports>();
    let number = 0;
    for (const tlb of cpu.tlbs) {
      for (const array of tlb.arrays) {
        const policy = own.get(array.policy);
        if (isOwnPolicy(array.policy) && policy === undefined) throw lost(array.policy);
        if (policy !== undefined) {
          const where = tlb.arrays.length === 1 ? tlb.name : `${tlb.name} (${array.holds.join(", ")})`;
          await links.#add(
            number,
            array,
            policy,
            `policy ${array.policy.slice("custom:".length)} of ${where}`,
            modules,
          );
        }
        number++;
      }
    }
    const [direct, ...others] = modules.values();
    if (own.names.length === 1 && direct !== undefined && others.length === 0) links.#direct = direct;
    return links;
  }

  async #add(
    number: number,
    array: ResolvedArray,
    own: OwnPolicy,
    name: string,
    modules: Map<OwnPolicy, WasmExports>,
  ): Promise<void> {
    let policy: ReplacementPolicy;
    if (isWasmPolicy(own)) {
      const module = modules.get(own) ?? (await instantiated(own, name));
      modules.set(own, module);
      policy = ofModule(module, number);
    } else if (typeof own === "function") policy = instanceOf(own, name);
    else {
      if (this.#arrays.some((other) => other?.policy === own)) {
        throw new ConfigError(
          "policy",
          `one object as ${name}, and for another array`,
          "a class, of which each array gets its own",
        );
      }
      policy = own;
    }
    const missing = METHODS.find((method) => typeof policy[method] !== "function");
    if (missing !== undefined) throw new ConfigError("policy", `${name} without ${missing}()`, METHODS.join(", "));
    try {
      policy.configure(array.sets, array.ways);
    } catch (error) {
      throw new ConfigError(
        "policy",
        `${name}, which failed: ${messageOf(error)}`,
        `one for ${array.sets} sets of ${array.ways} ways`,
      );
    }
    if (policy.idempotent === true) this.#idempotent.add(array.policy);
    this.#arrays[number] = { policy, name, ways: array.ways };
  }

  /** Whether a policy of that name changes nothing when the way used last is used again. */
  isIdempotent(name: string): boolean {
    return this.#idempotent.has(name);
  }

  imports(): PolicyImports {
    const module = this.#direct;
    if (module !== null) {
      return {
        policyTouch: module.touch,
        policyFill: module.fill,
        policyVictim: module.victim,
        policyInvalidate: module.invalidate ?? (() => undefined),
      };
    }
    const policies = this.#arrays.map((array) => array?.policy) as ReplacementPolicy[];
    const policyOf = (array: number) => policies[array] as ReplacementPolicy;
    return {
      policyTouch: (array, set, way) => policyOf(array).touch(set, way),
      policyFill: (array, set, way, page) => policyOf(array).fill(set, way, page),
      policyVictim: (array, set) => {
        const way: unknown = policyOf(array).victim(set);
        // As i32, in which everything that is no number is 0. What is no way is seen by the kernel.
        return typeof way === "number" && (way | 0) === way && way >= 0 ? way : this.#refuse(array, set, way);
      },
      policyInvalidate: (array, set, way) => policyOf(array).invalidate?.(set, way),
    };
  }

  #refuse(array: number, set: number, way: unknown): never {
    throw this.badVictim(array, set, way);
  }

  /** Of a victim that is no way of the set. */
  badVictim(array: number, set: number, way: unknown): KernelError {
    const { name, ways } = this.#arrays[array] as OwnArray;
    const got =
      typeof way === "number" || way === undefined || way === null
        ? String(way)
        : typeof way === "object"
          ? "an object"
          : `a ${typeof way}`;
    return new KernelError(
      "policy",
      `${name}: victim() of set ${set} returned ${got}; expected a way, 0 to ${ways - 1}`,
    );
  }

  /** What `error`, with which `call` of a policy ended, comes to. */
  explain(error: unknown, call: string, array: number, set: number): KernelError {
    if (error instanceof KernelError) return error;
    const { name } = this.#arrays[array] as OwnArray;
    return new KernelError("policy", `${name}: ${call}() of set ${set} failed: ${messageOf(error)}`, error);
  }
}

function lost(name: string): ConfigError {
  const allowed = "the configuration that resolve() made, not a copy: a policy of the user's own is code";
  return new ConfigError("policy", `${name}, which is not there`, allowed);
}

function instanceOf(own: new () => ReplacementPolicy, name: string): ReplacementPolicy {
  try {
    return new own();
  } catch (error) {
    throw new ConfigError("policy", `${name}, which failed: ${messageOf(error)}`, "a class that needs no arguments");
  }
}

async function instantiated({ wasm }: WasmPolicy, name: string): Promise<WasmExports> {
  const allowed = "a WebAssembly module without imports but env.abort, that exports configure, touch, fill and victim";
  try {
    const abort = () => {
      throw new Error("it was aborted: an assertion failed");
    };
    const { instance } = await WebAssembly.instantiate(wasm as Uint8Array<ArrayBuffer>, { env: { abort } });
    return instance.exports as unknown as WasmExports;
  } catch (error) {
    throw new ConfigError("policy", `${name}, which cannot be loaded: ${messageOf(error)}`, allowed);
  }
}

/** The policy of array `number` by `module`. */
function ofModule(module: WasmExports, number: number): ReplacementPolicy {
  const missing = METHODS.find((method) => typeof module[method] !== "function");
  if (missing !== undefined) return module as unknown as ReplacementPolicy; // which is told of
  return {
    configure: (sets, ways) => module.configure(number, sets, ways),
    touch: (set, way) => module.touch(number, set, way),
    fill: (set, way, page) => module.fill(number, set, way, page),
    victim: (set) => module.victim(number, set),
    invalidate: (set, way) => module.invalidate?.(number, set, way),
    idempotent: Boolean(module.idempotent?.value),
  };
}
