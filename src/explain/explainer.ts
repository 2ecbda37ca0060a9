/** Explains addresses with the tables of a dump or of the example process. */
import { oneOf } from "../config/lists.ts";
import { ConfigError } from "../errors.ts";
import type { WalkStep } from "../kernel/processor.ts";
import { isCanonical } from "../report/explain-fields.ts";
import type { ExplainedAccess, Explanation } from "../report/explanation.ts";
import { Tables } from "../tables.ts";
import { Describer, type Site } from "./describe.ts";
import { changeEntries, type EntryValues, parseEntryChanges, writeEntries } from "./entry-changes.ts";
import { buildExample, type ExampleRegion, exampleOptions, exampleRegions, siteIn } from "./example-process.ts";
import { ACCESS_KINDS, type ExplainOptions, PRIVILEGES } from "./options.ts";

/** Addresses to explain at once: of a compressed dump that is too large to keep, each batch may read it again. */
export const BATCH_ADDRESSES = 8192;

const FRAME_MASK = ~0xfffn;

export class Explainer {
  readonly #tables: Tables;
  readonly #describer: Describer;
  readonly #kind: ExplainedAccess["kind"];
  readonly #privilege: ExplainedAccess["privilege"] | undefined;
  readonly #stack: boolean;
  /** Of the example process; `null` with a dump. */
  readonly #regions: readonly ExampleRegion[] | null;
  /** Frames known to lie outside the dump. */
  readonly #absent = new Set<bigint>();

  /** Of so many CPUs in the dump, CR3 is that of the first; `null` if CR3 was given, or there is no CPU in the dump. */
  readonly cpus: number | null;
  /** Whether neither the dump nor an option tells the number of levels. */
  readonly levelsAssumed: boolean;

  private constructor(tables: Tables, changedFrom: EntryValues, options: ExplainOptions) {
    const { access = "read", privilege, stack = false, cr3, cr4, la57 } = options;
    this.#tables = tables;
    this.#describer = new Describer(tables, changedFrom);
    this.#kind = access;
    this.#privilege = privilege;
    this.#stack = stack;
    this.#regions = tables.dump === null ? exampleRegions(this.#describer.addressBits === 57) : null;
    const cpus = tables.dump?.cpus.length ?? 0;
    this.cpus = cr3 === undefined && cpus > 0 ? cpus : null;
    this.levelsAssumed = tables.dump !== null && cpus === 0 && la57 === undefined && cr4 === undefined;
  }

  /** Rejects with ConfigError if an option is not what it may be, and with DumpError if the dump cannot be read. */
  static async open(options: ExplainOptions = {}): Promise<Explainer> {
    if (options.access !== undefined) oneOf(ACCESS_KINDS, options.access, "access");
    if (options.privilege !== undefined) oneOf(PRIVILEGES, options.privilege, "privilege");
    if (options.stack && options.access === "fetch") {
      throw new ConfigError("access", "fetch", "read, write: instructions are not fetched through the stack segment");
    }
    const changes = parseEntryChanges(options.entries ?? []);
    if (options.memory !== undefined) return Explainer.#openDump(options, changes);
    for (const option of ["cr3", "memoryFormat"] as const) {
      if (options[option] !== undefined) throw new ConfigError(option, options[option], "only with a dump of memory");
    }
    const tables = await Tables.open(exampleOptions(options));
    const { processor, topLevel } = tables;
    const example = buildExample(processor, { la57: topLevel === 5, pages1G: options.pages1G ?? true });
    return new Explainer(tables, writeEntries(processor, changes, example.memoryText()), options);
  }

  static async #openDump(options: ExplainOptions, changes: EntryValues): Promise<Explainer> {
    const tables = await Tables.open(options);
    try {
      return new Explainer(tables, await changeEntries(tables, changes), options);
    } catch (error) {
      await tables.close();
      throw error;
    }
  }

  /** Explains every address, each by the tables as they are, in their order. Rejects with DumpError and KernelError. */
  async explainAll(addresses: readonly bigint[]): Promise<Explanation[]> {
    const explanations = new Array<Explanation>(addresses.length);
    let open = addresses.map((va, index) => ({ va, index }));
    // Each turn reads tables of one level, so that there are five at most.
    while (open.length > 0) {
      const missing: typeof open = [];
      const wanted = new Set<bigint>();
      for (const address of open) {
        const explanation = this.#explain(address.va, wanted);
        if (explanation === null) missing.push(address);
        else explanations[address.index] = explanation;
      }
      if (wanted.size > 0) for (const pa of await this.#tables.load(wanted)) this.#absent.add(pa);
      open = missing;
    }
    return explanations;
  }

  async close(): Promise<void> {
    await this.#tables.close();
  }

  /** `null` if a table has to be read first, which is then among `wanted`. */
  #explain(va: bigint, wanted: Set<bigint>): Explanation | null {
    const { processor } = this.#tables;
    const access: ExplainedAccess = { kind: this.#kind, privilege: this.#privilege ?? this.#usual(va) };
    if (this.#stack) access.stack = true;
    processor.invalidateAll();
    const outcome = processor.access({ va, ...access });
    this.#undo(outcome.steps);
    const { missing } = outcome;
    const frame = missing === null ? null : missing.physicalAddress & FRAME_MASK;
    if (frame === null || this.#absent.has(frame)) {
      return this.#describer.explanation(va, access, outcome, this.#site(va));
    }
    wanted.add(frame);
    return null;
  }

  /** Takes back A and D. */
  #undo(steps: readonly WalkStep[]): void {
    for (const { address, before, after } of steps) {
      if (after !== before) this.#tables.processor.writeEntry(address, before);
    }
  }

  #usual(va: bigint): ExplainedAccess["privilege"] {
    if (this.#regions !== null) return "user";
    return BigInt.asIntN(64, va) < 0n && isCanonical(va, this.#describer.addressBits) ? "supervisor" : "user";
  }

  #site(va: bigint): Site {
    return this.#regions === null ? { place: null, coverage: "unknown" } : siteIn(this.#regions, va, this.#kind);
  }
}
