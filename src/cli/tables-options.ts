/** The options of the commands that walk page tables, and how they become TablesOptions. Defaults are told, not set. */
import { type Command, Option } from "commander";
import { checkFeatures, FEATURE_DEFAULTS } from "../config/processor.ts";
import { DUMP_FORMATS, type DumpFormat } from "../dump/detect.ts";
import { ConfigError } from "../errors.ts";
import { REGISTER_DEFAULTS, type TablesOptions } from "../tables-options.ts";

/** Register options, by their names in TablesOptions. */
const REGISTERS = {
  cr0: ["--cr0 <value>", "CR0: a number, or names of bits: WP", true],
  cr4: ["--cr4 <value>", "CR4, likewise: PGE,SMEP,SMAP,PKE,PKS,PCIDE,LA57", true],
  efer: ["--efer <value>", "IA32_EFER, likewise: NXE", false],
  rflags: ["--rflags <value>", "RFLAGS, likewise: AC", false],
  pkru: ["--pkru <value>", "rights of the protection keys of user pages", false],
  pkrs: ["--pkrs <value>", "IA32_PKRS, the same of supervisor pages", false],
} as const satisfies Record<string, readonly [flags: string, description: string, inDumps: boolean]>;

type RegisterName = keyof typeof REGISTERS;

export const ALL_REGISTERS = Object.keys(REGISTERS) as RegisterName[];

/** Declares the options on `command`, with `registers` beside CR3; of those in `told`, the help tells that default instead. */
export function addTablesOptions(
  command: Command,
  registers: readonly RegisterName[],
  told: Partial<Record<RegisterName | "cr3" | "maxPhyAddr", string>> = {},
): Command {
  const withDefault = (flags: string, description: string, fallback: string) =>
    new Option(flags, `${description} (default: ${fallback})`);
  command
    .option("--memory <file>", "dump of physical memory: raw, LiME or ELF; also gzip, zstd, xz or zip")
    .addOption(withDefault("--memory-format <name>", `what the dump is: ${DUMP_FORMATS.join(", ")}`, "by content"))
    .addOption(withDefault("--cr3 <value>", "where the tables begin", told.cr3 ?? "as the dump tells it"))
    .addOption(withDefault("--la57", "the tables have five levels", "as CR4.LA57"));
  for (const name of registers) {
    const [flags, description, inDumps] = REGISTERS[name];
    const fallback = inDumps ? `as the dump tells it, else ${REGISTER_DEFAULTS[name]}` : REGISTER_DEFAULTS[name];
    command.addOption(withDefault(flags, description, told[name] ?? fallback));
  }
  const bits = told.maxPhyAddr ?? String(FEATURE_DEFAULTS.maxPhyAddr);
  return command
    .addOption(withDefault("--maxphyaddr <n>", "bits of a physical address, 32 to 52", bits))
    .option("--no-1g", "the processor has no 1 GiB pages");
}

/** The options that `options`, as commander parsed them, spell out: those given, and no others. */
export function tablesOptionsFrom(options: Record<string, unknown>): TablesOptions {
  const given: TablesOptions = {};
  if (options.memory !== undefined) given.memory = String(options.memory);
  if (options.memoryFormat !== undefined) given.memoryFormat = dumpFormat(String(options.memoryFormat));
  if (options.la57 === true) given.la57 = true;
  if (options["1g"] === false) given.pages1G = false;
  if (options.maxphyaddr !== undefined) given.maxPhyAddr = maxPhyAddr(String(options.maxphyaddr));
  for (const name of ["cr3", ...ALL_REGISTERS] as const) {
    if (options[name] !== undefined) given[name] = String(options[name]);
  }
  return given;
}

function dumpFormat(name: string): DumpFormat {
  const format = DUMP_FORMATS.find((known) => known === name);
  if (format === undefined) throw new ConfigError("memoryFormat", name, DUMP_FORMATS.join(", "));
  return format;
}

function maxPhyAddr(text: string): number {
  const bits = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  checkFeatures({ maxPhyAddr: bits }, text);
  return bits;
}
