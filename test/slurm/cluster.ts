/** A real Slurm on this computer: its daemons, as many nodes as a test asks for, all on 127.0.0.1, in a folder of its own. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Finished, run } from "./run.ts";

const START_TIMEOUT_MS = 30_000;
/** Seconds without an answer after which a node is taken for dead. */
const NODE_TIMEOUT = 5;
/** Seconds for which a requeued job is held, which is 120 unless credentials live shorter. */
const REQUEUE_HOLD = 5;

export interface SlurmCluster {
  /** For files of a test; goes with the cluster. */
  folder: string;
  /** What commands of Slurm need to find it. */
  env: Record<string, string>;
  /** Kills a node with what runs on it: nobody is told. */
  killNode(node: string): Promise<void>;
  /** Starts a node again that was killed. */
  startNode(node: string): Promise<void>;
  /** Runs a command of Slurm. */
  slurm(command: string, ...args: string[]): Promise<Finished>;
  stop(): Promise<void>;
}

/** Starts nodes of one CPU each. They end with `stop()`, or when this process ends in whatever way. */
export async function startSlurm(nodes: readonly string[]): Promise<SlurmCluster> {
  const folder = await mkdtemp(join(tmpdir(), "pagewalk-slurm-"));
  await chmod(folder, 0o755);
  await Promise.all(["state", "spool", "munge"].map((name) => mkdir(join(folder, name), { mode: 0o700 })));
  await Promise.all(nodes.map((node) => mkdir(join(folder, "spool", node))));
  await writeFile(join(folder, "munge/key"), randomBytes(1024), { mode: 0o600 });
  await writeFile(join(folder, "slurm.conf"), slurmConf(folder, nodes, await freePorts(nodes.length + 1)));
  const script = fileURLToPath(new URL("./keeper.mjs", import.meta.url));
  // Detached: an interrupt at the terminal must not end what is to clean up after it.
  const keeper = spawn(process.execPath, [script, folder, ...nodes], {
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  keeper.stdin.on("error", () => undefined);
  const ended = once(keeper, "exit");
  const waiting = new Map<string, () => void>();
  const failures: string[] = [];
  createInterface({ input: keeper.stdout }).on("line", (line) => {
    if (line.startsWith("failed ")) failures.push(line.slice("failed ".length));
    waiting.get(line)?.();
  });
  const env = { SLURM_CONF: join(folder, "slurm.conf") };
  const tell = (command: string) =>
    new Promise<void>((resolve) => {
      waiting.set(`done ${command}`, resolve);
      keeper.stdin.write(`${command}\n`);
    });
  const cluster: SlurmCluster = {
    folder,
    env,
    killNode: (node) => tell(`kill ${node}`),
    startNode: (node) => tell(`start ${node}`),
    slurm: (command, ...args) => run(command, args, { env }),
    stop: async () => {
      keeper.stdin.end();
      await ended;
    },
  };
  try {
    await untilIdle(cluster, nodes.length, failures);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

async function untilIdle(cluster: SlurmCluster, nodes: number, failures: readonly string[]): Promise<void> {
  const endMs = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const { stdout, stderr } = await cluster.slurm("sinfo", "-h", "-N", "-t", "idle", "-o", "%N");
    if (stdout.split("\n").length - 1 === nodes) return;
    if (performance.now() > endMs || failures.length > 0) {
      const log = await readFile(join(cluster.folder, "daemons.log"), "utf8");
      throw new Error(`Slurm did not start: ${failures.join("; ")}\n${stderr}\n${log.slice(-5000)}`);
    }
    await sleep(100);
  }
}

function slurmConf(folder: string, nodes: readonly string[], [port, ...nodePorts]: readonly number[]): string {
  const host = hostname().replace(/\..*/, "");
  const { username } = userInfo();
  return `ClusterName=pagewalk
SlurmctldHost=${host}(127.0.0.1)
SlurmctldPort=${port}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket=${folder}/munge.sock,cred_expire=${REQUEUE_HOLD}
CredType=cred/munge
SlurmUser=${username}
SlurmdUser=${username}
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool/%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd-%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SlurmdTimeout=${NODE_TIMEOUT}
MessageTimeout=3
SlurmctldTimeout=10
InactiveLimit=0
KillWait=2
MinJobAge=3600
${nodes.map((node, at) => `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${nodePorts[at]} CPUs=1 RealMemory=500 State=UNKNOWN`).join("\n")}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
`;
}

/** Ports that nobody listens on now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}
