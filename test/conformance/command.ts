/**
 * `npm run conformance -- [FILE...] [options]`: what processors and emulators did, and what the SDM says, against the
 * kernel. The last line is `N agreed, M disagreed`.
 */
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { checkFile } from "./check-file.ts";
import { checkRandomCases } from "./check-random.ts";
import { checkSequences } from "./check-sequences.ts";
import { KernelMachine } from "./machine.ts";
import { CACHES_OF_SEQUENCES } from "./random-sequences.ts";
import { Tally } from "./tally.ts";
import { TruthFileError } from "./truth-files.ts";
import type { RecordedOn } from "./truth-rows.ts";

const RANDOM_ACCESSES = 1_000_000;
/** Of the random accesses, one in so many is one of a TLB sequence. */
const SEQUENCE_SHARE = 10;

interface Options {
  maxphyaddr: number;
  /** False with --no-1g. */
  "1g": boolean;
  random?: number | true;
  seed: number;
}

export interface Output {
  log(line: string): void;
  error(line: string): void;
}

/** Returns the exit status: 1 if anything disagreed, nothing was compared or a file is bad, 2 for wrong usage. */
export async function conformance(args: string[], output: Output): Promise<number> {
  try {
    const command = parse(args, output);
    return await compare(command.args, command.opts<Options>(), output.log);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof TruthFileError)) throw error;
    output.error(error.message);
    return 1;
  }
}

function parse(args: string[], output: Output): Command {
  const command = new Command("npm run conformance --")
    .argument("[files...]", "fault truth: *.ndjson, *.json, also .gz")
    .option("--maxphyaddr <bits>", "MAXPHYADDR of the recording machine", integer(32, 52), 40)
    .option("--no-1g", "the recording machine had no 1 GiB pages")
    .option("--random [accesses]", `random cases, ${RANDOM_ACCESSES} by default`, integer(1, Number.MAX_SAFE_INTEGER))
    .option("--seed <number>", "of the random cases", integer(0, 2 ** 32 - 1), 1)
    .configureOutput({
      writeOut: (text) => output.log(text.trimEnd()),
      writeErr: (text) => output.error(text.trimEnd()),
    })
    .exitOverride()
    .parse(args, { from: "user" });
  if (command.args.length === 0 && command.opts<Options>().random === undefined)
    command.error("error: expected files or --random");
  return command;
}

function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected ${min}..${max}.`);
  };
}

async function compare(files: string[], options: Options, print: Output["log"]): Promise<number> {
  const total = new Tally(print);
  const on: RecordedOn = { maxPhyAddr: options.maxphyaddr, pages1G: options["1g"] };
  const add = (title: string, part: Tally) => {
    const leftOut = part.leftOutCount === 0 ? "" : `, ${part.leftOutCount} left out`;
    print(`${title}: ${part.agreed} agreed, ${part.disagreed} disagreed${leftOut}`);
    total.add(part);
  };

  const machine = await KernelMachine.create();
  for (const file of files) {
    const part = total.part();
    await checkFile(machine, file, on, part);
    add(file, part);
  }
  if (options.random !== undefined) {
    const count = options.random === true ? RANDOM_ACCESSES : options.random;
    const inSequences = Math.floor(count / SEQUENCE_SHARE);
    const cases = total.part();
    checkRandomCases(machine, options.seed, count - inSequences, cases);
    add(`random cases, seed ${options.seed}`, cases);
    const sequences = total.part();
    const machines = await Promise.all(CACHES_OF_SEQUENCES.map((caches) => KernelMachine.create(undefined, caches)));
    checkSequences(machines, options.seed, inSequences, sequences);
    add(`TLB sequences, seed ${options.seed}`, sequences);
  }
  if (total.untold > 0) print(`${total.untold} more not shown`);
  for (const [reason, count] of total.leftOut) print(`left out ${count}: ${reason}`);
  if (total.leftOut.size > 0) print(`${total.leftOutCount} left out`);
  print(`${total.agreed} agreed, ${total.disagreed} disagreed`);
  return total.disagreed > 0 || total.agreed === 0 ? 1 : 0;
}
