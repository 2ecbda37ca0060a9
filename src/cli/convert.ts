/** `convert`: a trace, or a part of it, in another format. */
import { fstatSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { Command, Option } from "commander";
import { STREAMS } from "../config/types.ts";
import { OUTPUT_FORMATS, outputFormatNamed } from "../convert/formats.ts";
import { pwtOutput } from "../convert/pwt.ts";
import { PWT_COMPRESSIONS } from "../convert/pwt-deflation.ts";
import { pwtPagesOutput } from "../convert/pwt-pages.ts";
import { type ConvertOptions, convert } from "../convert.ts";
import { ConfigError } from "../errors.ts";
import { checkOutput, OutputError, writeOutput, writeStdout } from "../files/output.ts";
import { convertText } from "../report/convert-text.ts";
import { toJson } from "../report/json.ts";
import type { ConvertFileResult } from "../report/results.ts";
import { openTrace } from "../trace/trace.ts";
import { addReadingOptions, openingFrom, type ReadingOptions, separatesThreads } from "./options.ts";
import { createProgress } from "./progress.ts";

interface ConvertCommandOptions extends ReadingOptions {
  to?: string;
  stream?: ConvertOptions["stream"];
  pagesOnly?: boolean;
  compression?: ConvertOptions["compression"];
  level?: string;
  lossy?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** `convert IN OUT`. */
export function convertCommand(): Command {
  const formats = OUTPUT_FORMATS.map(({ name, extensions }) => `${name} (${extensions[0]})`).join(", ");
  const command = new Command("convert")
    .summary("a trace in another format")
    .description(
      "Writes a trace, or a part of it, in another format, and says what that has no place for. The output is there whole " +
        "or not at all; its name with .gz appended has it compressed.",
    )
    .argument("<in>", "the trace: plain, gzip, zstd, xz or zip; - is standard input")
    .argument("<out>", "the file to write; - is standard output")
    .option("--to <name>", `format to write: ${formats} (default: by the name of the output)`);
  addReadingOptions(command, false);
  return command
    .option("--stream <name>", `references that become requests of oraclegeneral: ${STREAMS.join(", ")} (default: all)`)
    .option("--pages-only", "of .pwt, keep no more than simulating TLBs needs: the same as --to pwt-pages")
    .option("--compression <name>", `of the blocks of .pwt: ${PWT_COMPRESSIONS.join(", ")} (default: deflate)`)
    .option(
      "--level <number>",
      "of that compression: 1 (fast) to 9 (small) (default: 1 for whole records, 6 for pages)",
    )
    .option("--lossy", "leave out records that the format cannot hold, instead of ending with an error")
    .addOption(new Option("--json", "print the summary as JSON; beside a trace on standard output, on standard error"))
    .option("-q, --quiet", "neither progress nor summary on standard error")
    .addHelpText(
      "after",
      "\nExamples:\n  pagewalk convert trace.lk.gz trace.pwt\n" +
        "  pagewalk convert trace.lk.gz - --to champsim --skip 1M --limit 10M --unit instructions | xz > part.champsim.xz",
    )
    .action(convertTrace);
}

async function convertTrace(input: string, path: string, options: ConvertCommandOptions): Promise<void> {
  const { to, compression } = targetOf(path, options.pagesOnly ? pagesOnly(path, options.to) : options.to);
  const format = outputFormatNamed(to);
  if (separatesThreads(options)) {
    throw new ConfigError("thread", options.threads, "merge, or the id of one thread: there is one output");
  }
  if (path === "-" && !format.isText && process.stdout.isTTY) {
    throw new ConfigError("to", to, "a format of text, as standard output is a terminal; or name a file");
  }
  const opening = openingFrom(options);
  await checkOutput(path, [input]);
  if (path === "-") checkStandardOutput(input);
  const trace = await openTrace(input, opening);
  const progress = createProgress(process.stderr, options.quiet !== true);
  try {
    const { lossy, stream, level } = options;
    const blocks = { compression: options.compression, level };
    const asked: ConvertOptions = { to, lossy, stream, ...blocks, ...scratchBeside(path) };
    const conversion = convert(trace, asked, { onProgress: progress.update });
    let storedBytes = 0;
    await writeOutput(
      measured(compression === "gzip" ? gzipped(conversion) : conversion, (bytes) => {
        storedBytes += bytes;
      }),
      path,
    ).catch((error: unknown) => {
      // Of a temporary file: other files are read and written by those who know their names.
      throw error instanceof Error && "syscall" in error ? new OutputError(path, error) : error;
    });
    progress.stop();
    const result = conversion.result();
    await tell({ ...result, output: { ...result.output, path, compression, storedBytes } }, options);
  } finally {
    progress.stop();
    await trace.close();
  }
}

/** Endings of names, in small letters, of files that are not written. */
export const OTHER_COMPRESSION = /\.(xz|zst|bz2|lz4|zip)$/;

/** What is to be written to `path`, if `asked` does not say, and how it is to be compressed. Throws ConfigError. */
export function targetOf(path: string, asked: string | undefined): { to: string; compression: "none" | "gzip" } {
  const name = path.toLowerCase();
  const other = OTHER_COMPRESSION.exec(name);
  if (other !== null) {
    const pipe = `as ${asked ?? "NAME"} to a pipe: pagewalk convert IN - --to ${asked ?? "NAME"} | COMPRESSOR > ${path}`;
    throw new ConfigError("out", path, `names that end with .gz, or with no compression; ${pipe}`);
  }
  const compression = name.endsWith(".gz") ? "gzip" : "none";
  const to = asked ?? formatByName(path);
  if (to === undefined) {
    const known = OUTPUT_FORMATS.flatMap(({ extensions }) => extensions);
    throw new ConfigError("out", path, `names that end with ${known.join(", ")}; or say the format with --to`);
  }
  return { to, compression };
}

function formatByName(path: string): string | undefined {
  const plain = path.toLowerCase().replace(/\.gz$/, "");
  return OUTPUT_FORMATS.find(({ extensions }) => extensions.some((extension) => plain.endsWith(extension)))?.name;
}

/** The format for --pages-only. Throws ConfigError where `path` or `asked` is of one that is not .pwt. */
function pagesOnly(path: string, asked: string | undefined): string {
  const to = asked ?? formatByName(path) ?? pwtOutput.name;
  if (to === pwtOutput.name || to === pwtPagesOutput.name) return pwtPagesOutput.name;
  throw new ConfigError("pagesOnly", to, `an output of ${pwtOutput.name}: other formats keep whole records`);
}

/** Throws OutputError if standard output is the file `input`: what is written would be read again, for ever. */
function checkStandardOutput(input: string): void {
  const output = fstatSync(1);
  const source = input === "-" ? fstatSync(0) : statSync(input, { throwIfNoEntry: false });
  if (source?.isFile() && output.isFile() && source.ino === output.ino && source.dev === output.dev) {
    throw new OutputError("-", "it is the input that is to be read");
  }
}

/** Temporary files are to lie where there must be room for as much anyway. */
function scratchBeside(path: string): { scratchFolder?: string } {
  const isFile = path !== "-" && statSync(path, { throwIfNoEntry: false })?.isFile() !== false;
  return isFile ? { scratchFolder: dirname(path) } : {};
}

export function gzipped(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const source = Readable.from(pieces, { objectMode: false, highWaterMark: 1 << 18 });
  return pipeline(source, createGzip(), () => undefined); // who reads from it hears of errors
}

async function* measured(
  pieces: AsyncIterable<Uint8Array>,
  onPiece: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void> {
  for await (const piece of pieces) {
    yield piece;
    onPiece(piece.length);
  }
}

/** Prints the summary. */
async function tell(result: ConvertFileResult, { json, quiet }: ConvertCommandOptions): Promise<void> {
  if (json && result.output.path !== "-") await writeStdout(toJson([result]));
  else if (json) process.stderr.write(toJson([result]));
  else if (!quiet) process.stderr.write(convertText(result));
}
