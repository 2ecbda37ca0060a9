/** Entry of a thread that does units of a plan. */
import { resolve } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { expose } from "comlink";
import { type ErrorValue, toErrorValue } from "../errors.ts";
import { runUnit, type UnitTask } from "../experiment/run-unit.ts";
import type { PlannedResult } from "../report/merged-result.ts";
import { nodeEndpoint } from "../worker/endpoint.ts";
import type { Outcome } from "../worker/protocol.ts";

const { folder } = workerData as { folder: string };

const api = {
  async run(task: UnitTask): Promise<Outcome<PlannedResult[]>> {
    try {
      return { ok: true, value: await runUnit(task, (path) => resolve(folder, path)) };
    } catch (error) {
      return { ok: false, error: toErrorValue(error) as ErrorValue };
    }
  },
};

export type UnitWorkerApi = typeof api;

if (parentPort !== null) expose(api, nodeEndpoint(parentPort));
