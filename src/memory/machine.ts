/** The machine that processes share: one processor, one physical memory, one swap. */
import { hasOpt } from "../config/cpus/opt.ts";
import { checkNames } from "../config/lists.ts";
import { usualOs } from "../config/os-config.ts";
import { isOwnPolicy } from "../config/own-policy.ts";
import { DEFAULT_CPU } from "../config/presets.ts";
import { resolve } from "../config/resolve.ts";
import { SELECT_ALL } from "../config/selection.ts";
import { ONLINE_POLICIES } from "../config/types.ts";
import { ConfigError, KernelError } from "../errors.ts";
import { Describer, type Site } from "../explain/describe.ts";
import { AddressSpaceKernel, type MappedPages } from "../kernel/address-space.ts";
import type { Outcome } from "../kernel/processor.ts";
import { osSetup } from "../os/setup.ts";
import type { Explanation } from "../report/explanation.ts";
import { addressOf } from "./arguments.ts";
import type { AccessKind } from "./errors.ts";
import { MACHINE_OPTIONS, type MachineOptions } from "./options.ts";

const MMAP_MIN_ADDRESS = 65_536n;
const PAGE_BYTES = 4096n;
/** Names of mappings that a machine keeps. */
const MAX_NAMES = 1 << 20;

export class Machine {
  readonly kernel: AddressSpaceKernel;
  readonly mmapMinAddress: bigint;
  /** Which of the processes runs, an AddressSpace; `null` if it has ended. */
  running: object | null = null;
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();

  private constructor(kernel: AddressSpaceKernel, mmapMinAddress: bigint) {
    this.kernel = kernel;
    this.mmapMinAddress = mmapMinAddress;
  }

  /** Rejects with ConfigError and KernelError. */
  static async create(options: MachineOptions, module?: object): Promise<Machine> {
    checkNames(options, MACHINE_OPTIONS);
    const { mmapMinAddress = MMAP_MIN_ADDRESS, ...ofConfig } = options;
    const lowest = addressOf(mmapMinAddress, "mmapMinAddress");
    if (lowest % PAGE_BYTES !== 0n || lowest >= 1n << 47n) {
      throw new ConfigError("mmapMinAddress", lowest, "a multiple of 4096 below 2^47");
    }
    const config = resolve(ofConfig);
    const { policy } = config;
    if (config.hierarchy?.prefetch !== undefined) throw new ConfigError("prefetch", "one", "none in an AddressSpace");
    if (isOwnPolicy(policy) || config.hierarchy?.own !== undefined) {
      throw new ConfigError("policy", "one of your own", `${ONLINE_POLICIES.join(", ")} in an AddressSpace`);
    }
    if (hasOpt(config.hierarchy)) {
      throw new ConfigError("policy", "opt", `${ONLINE_POLICIES.join(", ")}: opt has to know what comes`);
    }
    if (config.hierarchy !== undefined) {
      throw new ConfigError(
        "cpu",
        config.cpu,
        `${DEFAULT_CPU}, and one policy for all TLBs: others only replay traces`,
      );
    }
    const os = config.os ?? usualOs();
    if (os.reclaim === "opt") {
      throw new ConfigError("reclaim", "opt", "second-chance, fifo, lru, random: opt has to know what comes");
    }
    const setup = osSetup(config, os, null, true, SELECT_ALL);
    return new Machine(await AddressSpaceKernel.create(config, policy, setup, module), lowest);
  }

  /** The number by which the kernel knows the name of a mapping. Throws KernelError if there are too many. */
  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.#names.length === MAX_NAMES) {
      throw new KernelError("out-of-memory", `the mappings of a machine have ${MAX_NAMES} different names at most`);
    }
    this.#numbers.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  nameOf({ name }: MappedPages): string {
    return this.#names[name] ?? "";
  }

  /** What an access of `process`, which runs, to the byte at `va` would come to, by page tables and mappings as they are. */
  explain(process: number, va: bigint, kind: AccessKind): Explanation {
    const { processor } = this.kernel;
    const access = { kind, privilege: "user" } as const;
    const outcome = processor.probe({ va, ...access });
    const mapping = this.kernel.mappingOf(process, va / PAGE_BYTES);
    return new Describer({ processor, topLevel: 4, missingTable }, new Map()).explanation(va, access, outcome, {
      ...this.#site(mapping, kind),
      evicted: wasThere(outcome),
    });
  }

  #site(mapping: MappedPages | null, kind: AccessKind): Site {
    if (mapping === null) return { place: null, coverage: "none" };
    // As Linux on x86: any right lets programs read.
    const wanted = { read: /[rwx]/, write: /w/, fetch: /x/ }[kind];
    return { place: this.nameOf(mapping), coverage: wanted.test(mapping.permissions) ? "allows" : "forbids" };
  }
}

/** Whether a page that is not present was there before: its entry then says where it is now. */
function wasThere({ fault, steps }: Outcome): boolean {
  return fault?.reason === "not-present" && steps.at(-1)?.before !== 0n;
}

/** The operating system gives all of its tables bytes. */
function missingTable(): never {
  throw new KernelError("layout", "a page table has no bytes");
}
