// Keeps a Slurm of a few nodes, all on this computer, as long as its standard input is open: when that ends, for whatever
// reason (a test that failed, was interrupted or killed), everything that was started is killed and the folder removed.
//
// keeper.mjs FOLDER NODE...   FOLDER has slurm.conf and munge/key. Commands, a line each: "kill NODE", "start NODE".
import { spawn } from "node:child_process";
import { createWriteStream, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const [folder, ...nodes] = process.argv.slice(2);
const mark = `SLURM_CONF=${folder}/slurm.conf`;
// Debian has the daemons where users have nothing on PATH.
const env = { ...process.env, SLURM_CONF: `${folder}/slurm.conf`, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
const log = createWriteStream(`${folder}/daemons.log`, { flags: "a" });
const daemons = new Map();
let isStopping = false;

function start(name, command, args) {
  const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
  child.on("error", (error) => console.log(`failed ${name}: ${error.message}`));
  child.on("exit", (code) => {
    if (daemons.get(name) === child && !isStopping) console.log(`failed ${name}: it exited with ${code}`);
  });
  daemons.set(name, child);
}

function startNode(node) {
  start(node, "slurmd", ["-D", "-c", "-N", node]);
}

/** The daemons, and what jobs they run: all have inherited which Slurm they are of. `isOf` looks at their environment. */
function processes(isOf) {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return isOf(readFileSync(`/proc/${pid}/environ`, "latin1").split("\0"));
      } catch {
        return false; // it has ended, or is not ours
      }
    })
    .map(Number);
}

/** As a power failure: the node's slurmd, what watches its jobs, and the jobs, without a word to anybody. */
function killNode(node) {
  const slurmd = daemons.get(node);
  daemons.delete(node);
  slurmd?.kill("SIGKILL");
  const jobs = processes((env) => env.includes(mark) && env.includes(`SLURMD_NODENAME=${node}`));
  // What watches a job (slurmstepd) is its parent, or that of its parents, and has not the job's environment.
  for (const pid of new Set([...jobs.map(parentOf).filter(isStepd), ...jobs])) kill(pid);
}

function parentOf(pid) {
  try {
    return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function isStepd(pid) {
  try {
    return pid > 1 && readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("slurmstepd");
  } catch {
    return false;
  }
}

function kill(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended
  }
}

async function stop() {
  isStopping = true;
  for (let turn = 0; turn < 50; turn++) {
    const left = processes((env) => env.includes(mark));
    for (const pid of left) kill(pid);
    if (left.length === 0) break;
    await sleep(100);
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
process.stdout.on("error", () => undefined); // who started it is gone
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [command, node] = line.split(" ");
    if (command === "kill") killNode(node);
    if (command === "start") startNode(node);
    console.log(`done ${line}`);
  })
  .on("close", stop);

start("munged", "munged", [
  ...["--foreground", "--force", `--key-file=${folder}/munge/key`, `--socket=${folder}/munge.sock`],
  ...[`--pid-file=${folder}/munge/pid`, `--log-file=${folder}/munge/log`, `--seed-file=${folder}/munge/seed`],
]);
while (!existsSync(`${folder}/munge.sock`) && !isStopping) await sleep(20);
start("slurmctld", "slurmctld", ["-D", "-c"]);
for (const node of nodes) startNode(node);
console.log("started");
