/**
 * An instance of the kernel's module and its memory. Views are made anew whenever the memory has grown, since growth
 * detaches the old ones. Everything shared is found by address and offset exports of the module itself. Nothing outside
 * this folder touches that memory.
 */
import { instantiate } from "../../wasm/pagewalk.js";
import { isOwnPolicy, type PolicyName } from "../config/own-policy.ts";
import { DEFAULT_SEED } from "../config/policies.ts";
import type { ResolvedGeometry, Stream } from "../config/types.ts";
import { ConfigError, KernelError, messageOf } from "../errors.ts";
import { COUNTERS, type Counters } from "./counters.ts";
import { loadKernelModule } from "./load.ts";
import { NO_POLICIES, type OwnPolicyLinks } from "./own-policies.ts";

export type Exports = Awaited<ReturnType<typeof instantiate>>;

/** What a policy can be asked, in the order of the kernel's numbers. */
const POLICY_CALLS = ["touch", "fill", "victim", "invalidate"] as const;

/** TLBs and paging-structure caches, as the configuration block has them. */
export interface CacheSizes {
  l1i: ResolvedGeometry;
  l1d: ResolvedGeometry;
  stlb: ResolvedGeometry;
  psc: { pde: number; pdpte: number; pml4e: number };
}

export class KernelInstance {
  readonly exports: Exports;
  #bytes: Uint8Array;
  #view: DataView;
  /** What the kernel threw; it is in no known state after that, and refuses to compute on. */
  #trap: unknown = null;

  readonly #own: OwnPolicyLinks | null;

  private constructor(exports: Exports, own: OwnPolicyLinks | null) {
    this.exports = exports;
    this.#own = own;
    this.#bytes = new Uint8Array(exports.memory.buffer);
    this.#view = new DataView(exports.memory.buffer);
  }

  /**
   * An instance of `module`, by default of the package's own, that can ask the policies of `own`.
   * @internal
   */
  static async create(module?: WebAssembly.Module, own: OwnPolicyLinks | null = null): Promise<KernelInstance> {
    const compiled = module ?? (await loadKernelModule());
    try {
      return new KernelInstance(await instantiate(compiled, { env: own?.imports() ?? NO_POLICIES }), own);
    } catch (error) {
      if (own === null || !(error instanceof WebAssembly.LinkError)) throw error;
      throw new ConfigError("policy", `a module that does not fit: ${error.message}`, "functions of i32; page is f64");
    }
  }

  /** Calls into the module. Throws KernelError if it traps, and ever after. */
  call<Result>(call: () => Result): Result {
    if (this.#trap !== null) throw new KernelError("trap", "the kernel trapped before and cannot go on", this.#trap);
    try {
      return call();
    } catch (error) {
      this.#trap = error;
      throw this.#ofPolicy(error) ?? new KernelError("trap", `the kernel trapped: ${messageOf(error)}`, error);
    }
  }

  /** What `error` is if it ended the kernel while it asked a policy of the user's own; else `null`. */
  #ofPolicy(error: unknown): KernelError | null {
    if (this.#own === null) return null;
    const { POLICY_CALL_REFUSED, POLICY_CALL_TOUCH, calledArray, calledSet, policyAnswer, policyCall } = this.exports;
    if (policyCall.value === POLICY_CALL_REFUSED.value) {
      return this.#own.badVictim(calledArray.value, calledSet.value, policyAnswer.value);
    }
    const call = POLICY_CALLS[policyCall.value - POLICY_CALL_TOUCH.value];
    return call === undefined ? null : this.#own.explain(error, call, calledArray.value, calledSet.value);
  }

  /** Whether the policy of that name, if it is the user's own, changes nothing where the way used last is used again. */
  isIdempotent(policy: PolicyName): boolean {
    return this.#own?.isIdempotent(policy) ?? false;
  }

  /** call() of what returns a STATUS_. Throws KernelError unless that is STATUS_OK. */
  run(call: () => number): void {
    if (this.call(call) !== this.exports.STATUS_OK.value) throw this.outOfMemory();
  }

  outOfMemory(): KernelError {
    return new KernelError(
      "out-of-memory",
      "the page tables and TLBs of this simulation need more memory than WebAssembly can have (4 GiB)",
    );
  }

  /** Bytes of linear memory. Valid until the next call. */
  slice(address: number, length: number): Uint8Array {
    const start = address >>> 0;
    if (this.#bytes.buffer !== this.exports.memory.buffer) this.#bytes = new Uint8Array(this.exports.memory.buffer);
    return this.#bytes.subarray(start, start + (length >>> 0));
  }

  /** Linear memory. Valid until the next call. */
  view(): DataView {
    if (this.#view.buffer !== this.exports.memory.buffer) this.#view = new DataView(this.exports.memory.buffer);
    return this.#view;
  }

  /** Writes TLBs and paging-structure caches into the configuration block. */
  putCaches({ l1i, l1d, stlb, psc }: CacheSizes): void {
    const x = this.exports;
    this.putConfig(x.CONFIG_L1I_ENTRIES, l1i.entries);
    this.putConfig(x.CONFIG_L1I_WAYS, l1i.ways);
    this.putConfig(x.CONFIG_L1D_ENTRIES, l1d.entries);
    this.putConfig(x.CONFIG_L1D_WAYS, l1d.ways);
    this.putConfig(x.CONFIG_STLB_ENTRIES, stlb.entries);
    this.putConfig(x.CONFIG_STLB_WAYS, stlb.ways);
    this.putConfig(x.CONFIG_PDE_ENTRIES, psc.pde);
    this.putConfig(x.CONFIG_PDPTE_ENTRIES, psc.pdpte);
    this.putConfig(x.CONFIG_PML4E_ENTRIES, psc.pml4e);
  }

  /** Writes a field of the configuration block. */
  putConfig(offset: { value: number }, value: number): void {
    this.view().setUint32(this.exports.configAddress() + offset.value, value, true);
  }

  /** Has all TLBs have `policy`; `seed`: what its choices begin with, if it makes any by chance. */
  putPolicy(policy: PolicyName, seed = DEFAULT_SEED): void {
    this.putConfig(this.exports.CONFIG_POLICY, this.policy(policy));
    this.putConfig(this.exports.CONFIG_SEED, seed);
  }

  /** The kernel's number of a policy. */
  policy(policy: PolicyName): number {
    const x = this.exports;
    if (isOwnPolicy(policy)) return x.POLICY_CUSTOM.value;
    const numbers = {
      lru: x.POLICY_LRU,
      fifo: x.POLICY_FIFO,
      random: x.POLICY_RANDOM,
      "tree-plru": x.POLICY_TREE_PLRU,
      "bit-plru": x.POLICY_BIT_PLRU,
      nru: x.POLICY_NRU,
      srrip: x.POLICY_SRRIP,
      "mru3-plru4": x.POLICY_MRU3_PLRU4,
      opt: x.POLICY_OPT,
    };
    return numbers[policy].value;
  }

  /** The kernel's bits of the streams that `stream` is. */
  streams(stream: Stream): number {
    const { STREAM_DATA, STREAM_FETCH } = this.exports;
    const bits = { data: STREAM_DATA.value, fetch: STREAM_FETCH.value };
    return stream === "all" ? bits.data | bits.fetch : bits[stream];
  }

  counters(): Counters {
    return Object.fromEntries(COUNTERS.map((name) => [name, this.counter(name)])) as Counters;
  }

  counter(name: (typeof COUNTERS)[number] | "errorLine" | "errorOffset" | "errorRecord"): number {
    const offset = this.offset(`COUNTER_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`);
    return Number(this.view().getBigUint64(this.exports.countersAddress() + offset, true));
  }

  /** Value of the export `name`, a constant of the kernel's. */
  offset(name: string): number {
    const constants = this.exports as unknown as Record<string, { value: number }>;
    const constant = constants[name];
    if (constant === undefined) throw new KernelError("layout", `the kernel has no ${name}`);
    return constant.value;
  }

  /** A 64-bit constant of the kernel's, or one that is a mask of 32 bits. */
  constant(name: string): bigint {
    return BigInt.asUintN(64, BigInt(this.offset(name)));
  }
}
