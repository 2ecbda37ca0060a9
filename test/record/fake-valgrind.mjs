#!/usr/bin/env node
// Poses as valgrind: found first in $PATH, it writes a log on the descriptor it is told. What it does is said by the
// program's first argument.
import { spawn } from "node:child_process";
import { readFileSync, writeSync } from "node:fs";

const words = process.argv.slice(2);
if (words[0] === "--version") {
  console.log("valgrind-0.fake");
  process.exit(0);
}
const dashes = words.indexOf("--");
const descriptor = Number(/--log-fd=(\d+)/.exec(words.slice(0, dashes).join(" "))?.[1]);
const [, behaviour, ...rest] = words.slice(dashes + 1);
const log = (text) => writeSync(descriptor, text);
const record = (index) => `I  0401${(index % 65536).toString(16).padStart(4, "0")},3\n S 1ffefff860,8\n`;
const end = "==1== \n==1== Exit code:       0\n";
log("==1== Lackey, an example Valgrind tool\n==1== \n");

const behaviours = {
  /** Echoes its input and arguments, and ends as programs do. */
  echo() {
    for (let index = 0; index < 50; index++) log(record(index));
    log(end);
    process.stdout.write(`${JSON.stringify(rest)}\n${readFileSync(0, "utf8")}`);
    process.stderr.write("to standard error\n");
    process.exit(7);
  },
  /** Is killed in the middle of a line. */
  killed() {
    for (let index = 0; index < 50; index++) log(record(index));
    log("I  04010");
    process.kill(process.pid, "SIGKILL");
  },
  /** Never runs the program. */
  nothing() {
    log("valgrind: fatal error: cannot do that\n");
    process.exit(1);
  },
  /** Goes on until a signal comes, and then ends by it, as programs do. */
  wait() {
    log(record(0));
    for (const signal of ["SIGINT", "SIGTERM"]) {
      process.once(signal, () => {
        log(`==1== Process terminating with default action of signal ${signal}\n${end}`);
        process.kill(process.pid, signal);
      });
    }
    process.stdout.write("ready\n");
    setInterval(() => {}, 1000);
  },
  /** Writes without end. */
  endless() {
    for (let index = 0; ; index++) log(record(index));
  },
  /** Writes many records, says how many, and ends. */
  many() {
    for (let index = 0; index < 20_000; index++) log(record(index));
    log(end);
    process.stdout.write("40000\n");
  },
  /** Leaves something running that holds the pipe open. */
  holder() {
    const child = spawn("sleep", ["30"], { stdio: ["ignore", "ignore", "ignore", descriptor], detached: true });
    process.stdout.write(`${child.pid}\n`);
    child.unref();
    log(record(0) + end);
  },
};
behaviours[behaviour]();
