/** `lab`: the page, for browsers on this machine. */
import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { writeStdout } from "../files/output.ts";
import { DEFAULT_PORT, serveLab } from "./lab-server.ts";

/** Where the build puts the page, seen from this file's own place there. */
const PAGE = fileURLToPath(new URL("../lab", import.meta.url));

/** `lab`: serves the page until it is interrupted. */
export function labCommand(): Command {
  return new Command("lab")
    .summary("the same in a browser, with pictures")
    .description("Serves the page on this machine, to this machine only, until Ctrl+C. Prints its URL.")
    .addOption(
      new Option(
        "--port <number>",
        `port to serve on; 0 for any free one (default: ${DEFAULT_PORT}, or a free one where that is taken)`,
      ).argParser(parsePort),
    )
    .addHelpText("after", "\nExample:\n  pagewalk lab --port 8080")
    .action(async ({ port }: { port?: number }) => {
      const { url } = await serveLab(PAGE, port);
      // Nothing is lost by a signal: it is how this ends.
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.prependListener(signal, () => process.exit(0));
      console.error("pagewalk: serving this machine only, until Ctrl+C; open in a browser:");
      await writeStdout(`${url}\n`);
    });
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError("Expected 0 to 65535.");
  return port;
}
